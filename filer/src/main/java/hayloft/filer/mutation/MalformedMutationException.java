package hayloft.filer.mutation;

import java.io.IOException;

/// Bytes that are no mutation of a format that this program knows: written by a newer one, or by another program.
public final class MalformedMutationException extends IOException {

  private static final long serialVersionUID = 1L;

  public MalformedMutationException(String message) {
    super(message);
  }
}
