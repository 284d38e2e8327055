package hayloft.common.http;

import java.io.IOException;

/// The framing of a body makes no sense. The connection ends with the answer, because nobody knows where the body
/// would.
public final class MalformedBodyException extends IOException {

  private static final long serialVersionUID = 1L;

  public MalformedBodyException(String message) {
    super(message);
  }
}
