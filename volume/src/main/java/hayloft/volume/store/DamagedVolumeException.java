package hayloft.volume.store;

import java.io.IOException;

/// A volume's files are there, and what is wrong with their bytes keeps the volume from being opened. Nothing was
/// changed. The message names the file, and says what to do.
public final class DamagedVolumeException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedVolumeException(String message) {
    super(message);
  }

  DamagedVolumeException(String message, Throwable cause) {
    super(message, cause);
  }
}
