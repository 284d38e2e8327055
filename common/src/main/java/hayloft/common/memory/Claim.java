package hayloft.common.memory;

import hayloft.common.volume.StoreBusyException;

/// Bytes of one kind that somebody keeps for a client, counted in steps as they come. Confined to one thread; closed by
/// whoever opened it.
public final class Claim implements AutoCloseable {

  /// Small enough that little is counted and not used, large enough to be asked for rarely.
  private static final int STEP_BYTES = 16 << 10;

  private final Claims claims;
  private final Claims.Kind kind;
  private long neededBytes;
  private long countedBytes;

  public Claim(Claims claims, Claims.Kind kind) {
    this.claims = claims;
    this.kind = kind;
  }

  /// So many bytes more are about to be kept.
  ///
  /// @throws StoreBusyException if there is no room for them; then nothing has changed
  public void grow(long bytes) throws StoreBusyException {
    long more = toCount(bytes);
    if (more > 0) {
      claims.take(kind, more);
      countedBytes += more;
    }
    neededBytes += bytes;
  }

  /// The same without waiting for room.
  ///
  /// @return false if there is none now; then nothing has changed
  public boolean growNow(long bytes) {
    long more = toCount(bytes);
    if (more > 0) {
      if (!claims.takeNow(kind, more)) {
        return false;
      }
      countedBytes += more;
    }
    neededBytes += bytes;
    return true;
  }

  private long toCount(long bytes) {
    long missing = neededBytes + bytes - countedBytes;
    return missing <= 0 ? 0 : (missing + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
  }

  /// So many bytes less are kept.
  public void shrink(long bytes) {
    neededBytes -= bytes;
    long surplus = countedBytes - (neededBytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
    if (surplus > 0) {
      countedBytes -= surplus;
      claims.giveBack(kind, surplus);
    }
  }

  /// None of them are kept any more. It can grow again.
  @Override
  public void close() {
    long counted = countedBytes;
    neededBytes = 0;
    countedBytes = 0;
    if (counted > 0) {
      claims.giveBack(kind, counted);
    }
  }
}
