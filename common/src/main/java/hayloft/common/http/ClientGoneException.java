package hayloft.common.http;

import java.io.IOException;

/// The client closed its connection before the exchange was over.
public final class ClientGoneException extends IOException {

  private static final long serialVersionUID = 1L;

  public ClientGoneException(String message) {
    super(message);
  }
}
