package hayloft.s3.request;

import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.XmlWriter;

/// What an answer takes of the heap: the rows that it is made of, and its document until the socket has it. Counted
/// before it is kept, like what a request brings, and as its sender's: a page of a listing is many times as large as
/// the request for it. The rows are given back once the document is complete, which may wait for its client.
///
/// Confined to the fork, and after [#handOn] to whoever releases the document.
final class AnswerHeap implements XmlWriter.Room, AutoCloseable {

  /// A key, and what stands around it in a list.
  private static final int BYTES_PER_ROW = 1 << 10;

  private final Claim rows;
  private final Claim document;
  private boolean handedOn;

  AnswerHeap(Claims claims) {
    this.rows = new Claim(claims, Claims.Kind.HEAP);
    this.document = new Claim(claims, Claims.Kind.HEAP);
  }

  /// So many rows are about to be read.
  ///
  /// @throws StoreBusyException if there is no room for them
  void takeRows(int count) throws StoreBusyException {
    rows.grow((long) BYTES_PER_ROW * count);
  }

  /// @throws S3Exception SlowDown
  @Override
  public void take(int bytes) {
    try {
      document.grow(bytes);
    } catch (StoreBusyException _) { // which S3 has one word for
      throw new S3Exception(S3Error.Plain.SLOW_DOWN);
    }
  }

  @Override
  public Runnable handOn() {
    handedOn = true;
    rows.close();
    return document::close;
  }

  /// No row is kept any more.
  void giveBackRows() {
    rows.close();
  }

  /// Gives back what no document has taken over.
  @Override
  public void close() {
    rows.close();
    if (!handedOn) {
      document.close();
    }
  }
}
