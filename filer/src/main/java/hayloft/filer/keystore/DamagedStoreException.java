package hayloft.filer.keystore;

import java.io.IOException;

/// The store's files cannot be opened or read: they are damaged, or of another version. The store can be rebuilt.
public final class DamagedStoreException extends IOException {

  private static final long serialVersionUID = 1L;

  public DamagedStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
