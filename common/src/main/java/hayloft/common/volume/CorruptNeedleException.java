package hayloft.common.volume;

import java.io.IOException;

/// Bytes in a volume do not match their checksums, or are not the needle that was asked for. The message names file,
/// offset, expected and found.
public final class CorruptNeedleException extends IOException {

  private static final long serialVersionUID = 1L;

  public CorruptNeedleException(String message) {
    super(message);
  }
}
