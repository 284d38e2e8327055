package hayloft.filer;

import java.io.IOException;

/// An answer would rest on what may be out of date: the newest truth about an object, an upload, a bucket or a user is
/// damaged, and nothing newer is known (500 InternalError on the S3 port). The message says whose it is, where the
/// damage lies, and what to do.
public final class LostTruthException extends IOException {

  private static final long serialVersionUID = 1L;

  public LostTruthException(String message) {
    super(message);
  }
}
