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
  /// A part with a checksum, or what came of a key: of fixed size.
  private static final int BYTES_PER_SMALL_ROW = 256;
  /// As it lies in the catalog, with headers and metadata that no listing shows.
  private static final int BYTES_OF_ROW_BEING_READ = 48 << 10;

  private final Claim claim;
  private long rowBytes;
  private long documentBytes; // claimed, and not written yet
  private boolean owed;
  private boolean handedOn;

  AnswerHeap(Claims claims) {
    this.claim = new Claim(claims, Claims.Kind.HEAP);
  }

  /// So many rows are about to be read.
  ///
  /// @throws StoreBusyException if there is no room for them
  void takeRows(int count) throws StoreBusyException {
    long bytes = (long) BYTES_PER_ROW * count;
    claim.grow(bytes);
    rowBytes += bytes;
  }

  /// The same for rows without a key, of which a document may be made.
  ///
  /// @param documentBytes that it has at the most
  /// @throws StoreBusyException if there is no room for both
  void takeSmallRows(int count, int documentBytes) throws StoreBusyException {
    takeRow((long) BYTES_PER_SMALL_ROW * count, documentBytes);
  }

  /// A page is about to be read, a row at a time, each with its own room.
  ///
  /// @param aroundRows what its document has besides rows
  /// @throws StoreBusyException if there is no room for both
  void takePage(int aroundRows) throws StoreBusyException {
    claim.grow(BYTES_OF_ROW_BEING_READ + aroundRows);
    rowBytes += BYTES_OF_ROW_BEING_READ;
    documentBytes += aroundRows;
  }

  /// A row is about to be kept.
  ///
  /// @param ofDocument what the document will have of it
  /// @throws StoreBusyException if there is no room for both
  void takeRow(long bytes, int ofDocument) throws StoreBusyException {
    claim.grow(bytes + ofDocument);
    rowBytes += bytes;
    documentBytes += ofDocument;
  }

  /// The same without waiting: false if there is no room now.
  boolean takeRowNow(long bytes, int ofDocument) {
    if (!claim.growNow(bytes + ofDocument)) {
      return false;
    }
    rowBytes += bytes;
    documentBytes += ofDocument;
    return true;
  }

  /// From here on the document is given whatever it takes: what it is about is done by then.
  void owe() {
    owed = true;
  }

  /// @throws S3Exception SlowDown, unless the document is owed
  @Override
  public void take(int bytes) {
    long claimed = Math.min(bytes, documentBytes);
    try {
      claim.grow(bytes - claimed);
    } catch (StoreBusyException _) { // which S3 has one word for
      if (!owed) {
        throw new S3Exception(S3Error.Plain.SLOW_DOWN);
      }
    }
    documentBytes -= claimed;
  }

  @Override
  public Runnable handOn() {
    handedOn = true;
    giveBackRows();
    return claim::close;
  }

  /// No row is kept any more, and the document grows no further.
  void giveBackRows() {
    claim.shrink(rowBytes + documentBytes);
    rowBytes = 0;
    documentBytes = 0;
  }

  /// Gives back what no document has taken over.
  @Override
  public void close() {
    if (!handedOn) {
      claim.close();
    }
  }
}
