package hayloft.common;

/// A half-open range of bytes, `[from, to)`. Immutable.
public record ByteRange(long from, long to) {

  public ByteRange {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("not a byte range: [" + from + ", " + to + ")");
    }
  }

  /// The whole of something that is `sizeBytes` long.
  public static ByteRange whole(long sizeBytes) {
    return new ByteRange(0, sizeBytes);
  }

  public long lengthBytes() {
    return to - from;
  }
}
