package hayloft.common.volume;

import java.io.IOException;

/// No volume of this store has the id.
public final class NoSuchVolumeException extends IOException {

  private static final long serialVersionUID = 1L;

  public NoSuchVolumeException(String message) {
    super(message);
  }
}
