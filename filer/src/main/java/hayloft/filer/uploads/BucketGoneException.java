package hayloft.filer.uploads;

import java.io.IOException;

/// The bucket was deleted between finding it and using it.
public final class BucketGoneException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String bucketName;

  public BucketGoneException(String bucketName) {
    super("bucket " + bucketName + " was deleted meanwhile");
    this.bucketName = bucketName;
  }

  public String bucketName() {
    return bucketName;
  }
}
