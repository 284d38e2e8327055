package hayloft.volume.index;

import java.io.IOException;

/// A page of a needle map does not match its checksum: nothing that the map says is believed any more, not even that a
/// needle is not there. Checked, so that nobody takes it for an absence: the volume makes the map anew and looks again.
public final class DamagedMapException extends IOException {

  private static final long serialVersionUID = 1L;

  DamagedMapException(String message) {
    super(message);
  }
}
