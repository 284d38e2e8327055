package hayloft.common.volume;

import java.io.IOException;

/// A needle was to be appended under a key that is marked dead in its volume. Keys are never used again: the mark would
/// kill the new needle too, at the next start at the latest. Nothing was appended.
public final class KeyReusedException extends IOException {

  private static final long serialVersionUID = 1L;

  public KeyReusedException(String message) {
    super(message);
  }
}
