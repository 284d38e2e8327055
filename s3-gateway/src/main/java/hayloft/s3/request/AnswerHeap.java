package hayloft.s3.request;

import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.XmlWriter;

/// What an answer takes of the heap: the rows that it is made of, and its document until the socket has it. Counted
/// before it is kept, like what a request brings, and as its sender's: a page of a listing is many times as large as
/// the request for it.
///
/// Confined to the fork, and after [#handOn] to whoever releases the document.
final class AnswerHeap implements XmlWriter.Room, AutoCloseable {

  /// A key, and what stands around it in a list.
  private static final int BYTES_PER_ROW = 1 << 10;

  private final Claim claim;
  private boolean owed;
  private boolean handedOn;

  AnswerHeap(Claims claims) {
    this.claim = new Claim(claims, Claims.Kind.HEAP);
  }

  /// So many rows are about to be read.
  ///
  /// @throws StoreBusyException if there is no room for them
  void takeRows(int count) throws StoreBusyException {
    claim.grow((long) BYTES_PER_ROW * count);
  }

  /// From here on the document is given whatever it takes: what it is about is done by then.
  void owe() {
    owed = true;
  }

  /// @throws S3Exception SlowDown, unless the document is owed
  @Override
  public void take(int bytes) {
    try {
      claim.grow(bytes);
    } catch (StoreBusyException _) { // which S3 has one word for
      if (!owed) {
        throw new S3Exception(S3Error.Plain.SLOW_DOWN);
      }
    }
  }

  @Override
  public Runnable handOn() {
    handedOn = true;
    return claim::close;
  }

  /// Gives back what no document has taken over.
  @Override
  public void close() {
    if (!handedOn) {
      claim.close();
    }
  }
}
