package hayloft.s3.multipart;

import hayloft.common.ByteRange;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads `x-amz-copy-source-range`, which is stricter than `Range`: `bytes=first-last`, both there, inside the object.
final class CopyRange {

  private static final String HEADER = "x-amz-copy-source-range";
  private static final Pattern FORM = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})");

  private CopyRange() {}

  /// @throws S3Exception InvalidArgument if it has another form, InvalidRange if it leaves the object
  static ByteRange read(String value, long sizeBytes) {
    Matcher matcher = FORM.matcher(value);
    if (!matcher.matches()) {
      throw new S3Exception(new S3Error.InvalidArgument(
          "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
              + "zero-based offsets of the first and last bytes to copy",
          HEADER, value));
    }
    long first = Long.parseLong(matcher.group(1));
    long last = Long.parseLong(matcher.group(2));
    if (last < first || last >= sizeBytes) {
      throw new S3Exception(new S3Error.InvalidRange(value, sizeBytes));
    }
    return new ByteRange(first, last + 1);
  }
}
