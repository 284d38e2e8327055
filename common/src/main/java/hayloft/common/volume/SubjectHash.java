package hayloft.common.volume;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// 64 bits that stand for a [Subject] in index logs: CRC-32C in the high half, CRC-32 in the low one. Stateless.
///
/// Both run at memory speed everywhere and are the same in every language. Two subjects with one hash do no harm but in
/// the moment when one of them is damaged: then the other answers an error, too. 0 is kept for "none".
public final class SubjectHash {

  /// Of a needle that is about nothing, or of which it is not known.
  public static final long NONE = 0;

  private SubjectHash() {}

  /// @param bytes all that remain; the position stays
  public static long of(ByteBuffer bytes) {
    long hash = sum(new CRC32C(), bytes) << Integer.SIZE | sum(new CRC32(), bytes);
    return hash == NONE ? 1 : hash;
  }

  private static long sum(Checksum sum, ByteBuffer bytes) {
    sum.update(bytes.duplicate());
    return sum.getValue();
  }
}
