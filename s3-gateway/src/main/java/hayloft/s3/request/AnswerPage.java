package hayloft.s3.request;

import hayloft.common.memory.PageRoom;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.xml.XmlWriter;
import java.util.function.ToIntFunction;

/// Room for a page of a listing and its document. What a row keeps is claimed together with what the document will have
/// of it: pages that had their rows and waited for the rest would keep it from each other. Confined to the fork.
public final class AnswerPage implements PageRoom {

  private final AnswerHeap heap;
  private final int aroundRow;
  private final ToIntFunction<String> nameBytes;
  private long documentBytes;
  private boolean hasRows;

  /// @param aroundRows what the document has besides rows
  /// @param aroundRow what it has of each row besides its name
  /// @param nameBytes what it has of a name
  /// @throws StoreBusyException if there is no room for a page without rows
  AnswerPage(AnswerHeap heap, int aroundRows, int aroundRow, ToIntFunction<String> nameBytes)
      throws StoreBusyException {
    this.heap = heap;
    this.aroundRow = aroundRow;
    this.nameBytes = nameBytes;
    heap.takePage(aroundRows);
    documentBytes = aroundRows;
  }

  @Override
  public boolean takes(String name, long heapBytes) throws StoreBusyException {
    int ofDocument = aroundRow + nameBytes.applyAsInt(name);
    if (!hasRows) {
      heap.takeRow(heapBytes, ofDocument);
      hasRows = true;
    } else if (!heap.takeRowNow(heapBytes, ofDocument)) {
      return false;
    }
    documentBytes += ofDocument;
    return true;
  }

  /// Begins the document, within what is claimed.
  XmlWriter document() {
    return new XmlWriter(Math.toIntExact(documentBytes), heap);
  }
}
