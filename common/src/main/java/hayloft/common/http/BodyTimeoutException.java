package hayloft.common.http;

import java.io.IOException;

/// The client sent too little of its body for too long.
public final class BodyTimeoutException extends IOException {

  private static final long serialVersionUID = 1L;

  public BodyTimeoutException(String message) {
    super(message);
  }
}
