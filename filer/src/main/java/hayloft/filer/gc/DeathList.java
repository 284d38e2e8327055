package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.filer.rows.RowKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Needles to mark dead, in steps: every mark of a step is durable before the first of the next is made. And the rows that
/// go once all marks are durable. Confined to one thread.
final class DeathList {

  private final List<List<FileId>> steps = new ArrayList<>();
  private final List<byte[]> rows = new ArrayList<>();

  /// A step of its own.
  void thenMark(FileId needle) {
    steps.add(List.of(needle));
  }

  /// A step of its own; nothing if there are none. In one volume they are marked in the given order.
  void thenMarkAll(Collection<FileId> needles) {
    if (!needles.isEmpty()) {
      steps.add(List.copyOf(needles));
    }
  }

  /// Chunks, which may have a row in table C.
  void thenMarkChunks(Collection<FileId> chunks) {
    thenMarkAll(chunks);
    for (FileId chunk : chunks) {
      rows.add(RowKeys.chunk(chunk.volume(), chunk.key()));
    }
  }

  void deleteRow(byte[] row) {
    rows.add(row);
  }

  int stepCount() {
    return steps.size();
  }

  List<FileId> step(int index) {
    return steps.get(index);
  }

  int markCount() {
    return steps.stream().mapToInt(List::size).sum();
  }

  List<byte[]> rows() {
    return rows;
  }
}
