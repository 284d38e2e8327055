package hayloft.common.volume;

/// Which bytes of a needle's meta say what the needle is about: an object's bucket and key, an upload, a user.
/// Immutable.
///
/// Volumes hash these bytes ([SubjectHash]) and understand nothing of them. The hash stands in the index log, under a
/// checksum of its own: when the needle itself is damaged, a replay still learns whose newest truth is lost.
///
/// @param fromBytes where they begin in the meta, at most [#MAX_FROM_BYTES]
/// @param lengthBytes how many; 0 if the needle is about nothing that could be lost, longer subjects are cut to
///   [#MAX_LENGTH_BYTES]
public record Subject(int fromBytes, int lengthBytes) {

  public static final int MAX_FROM_BYTES = 63;
  public static final int MAX_LENGTH_BYTES = 4095;
  public static final Subject NONE = new Subject(0, 0);

  public Subject {
    if (fromBytes < 0 || fromBytes > MAX_FROM_BYTES || lengthBytes < 0 || lengthBytes > MAX_LENGTH_BYTES) {
      throw new IllegalArgumentException("no subject lies at " + fromBytes + " with " + lengthBytes + " bytes");
    }
  }

  public boolean isNone() {
    return lengthBytes == 0;
  }
}
