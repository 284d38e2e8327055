package hayloft.volume.disk;

import java.io.IOException;

/// A disk took nothing because there is no room: its file system is full, or a quota is used up. The disk itself is
/// well, and takes the same bytes once there is room again. Every [Disk] tells lack of space this way; any other
/// IOException of a write is a fault of the disk.
public final class NoSpaceException extends IOException {
  private static final long serialVersionUID = 1L;

  public NoSpaceException(String message) {
    super(message);
  }

  NoSpaceException(String message, Throwable cause) {
    super(message, cause);
  }
}
