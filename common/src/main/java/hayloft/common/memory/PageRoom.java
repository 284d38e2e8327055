package hayloft.common.memory;

import hayloft.common.volume.StoreBusyException;

/// Room for the rows of one page, asked for row by row: how large a row is its client chose, and a page ends where its
/// room does. Confined to the thread that fills the page.
@FunctionalInterface
public interface PageRoom {

  /// Without a bound: for tests, and for those whose rows are theirs to bound.
  PageRoom UNBOUNDED = (_, _) -> true;

  /// Whether one more row may be kept. The first one's room is waited for, since a page without rows leads nowhere; for
  /// all others nobody waits, so that pages that hold much cannot keep the rest from each other.
  ///
  /// @param name the key or common prefix of the row, of which the asker's answer may take more than the row does
  /// @param heapBytes what the row keeps on the heap, the name included
  /// @return false to end the page before this row; the first one is never refused so
  /// @throws StoreBusyException if there is no room for the first one
  boolean takes(String name, long heapBytes) throws StoreBusyException;
}
