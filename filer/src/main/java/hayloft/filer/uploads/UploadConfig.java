package hayloft.filer.uploads;

/// Limits of multipart uploads. [Limits](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)
///
/// @param minPartBytes of every part but the last
/// @param maxObjectBytes of what an upload is completed to
/// @param inlinePartTableBytes longer tables of parts go to a needle of their own
public record UploadConfig(long minPartBytes, long maxObjectBytes, int inlinePartTableBytes) {

  public static final UploadConfig DEFAULTS = new UploadConfig(5L << 20, 5L << 40, 512);

  public UploadConfig {
    if (minPartBytes < 0 || maxObjectBytes < 1) {
      throw new IllegalArgumentException("uploads.minPartBytes and uploads.maxObjectBytes must not be negative, got "
          + minPartBytes + " and " + maxObjectBytes);
    }
    if (inlinePartTableBytes < 0 || inlinePartTableBytes > 256 << 10) {
      throw new IllegalArgumentException(
          "uploads.inlinePartTableBytes must be between 0 and 256 KiB, got " + inlinePartTableBytes);
    }
  }
}
