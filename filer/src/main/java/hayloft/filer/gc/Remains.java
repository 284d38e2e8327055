package hayloft.filer.gc;

import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Asks table R what is left in files of what was killed. Stateless but for the store; a question costs two seeks for
/// each volume that has remains at all, and many questions in the order of their subjects little more.
final class Remains {

  private final KeyStore store;

  Remains(KeyStore store) {
    this.store = store;
  }

  /// Which remains a killer waits for. Compares by subject, as the rows lie.
  ///
  /// @param from the lowest sequence
  /// @param to the first sequence behind
  /// @param wholeBucket everything of the bucket, whatever its sequence
  record Span(RemainsRow.Subject subject, long from, long to, boolean wholeBucket) implements Comparable<Span> {

    static Span of(RemainsRow.Subject subject, long from, long to) {
      return new Span(subject, from, to, false);
    }

    static Span ofBucket(long bucketId) {
      return new Span(RemainsRow.Subject.ofBucket(bucketId), 0, Long.MAX_VALUE, true);
    }

    /// Where its rows begin in a volume.
    private byte[] begin(int volume) {
      byte[] prefix = prefix(volume);
      return wholeBucket ? prefix : ByteBuffer.allocate(prefix.length + 8).put(prefix).putLong(from).array();
    }

    private byte[] prefix(int volume) {
      byte[] prefix = RemainsRow.of(volume, subject);
      return wholeBucket ? Arrays.copyOf(prefix, prefix.length - 2) : prefix; // without the end of the empty key
    }

    private boolean has(int volume, byte[] row) {
      byte[] prefix = prefix(volume);
      return RowKeys.startsWith(row, prefix)
          && (wholeBucket || row.length == prefix.length + 8 && RowKeys.lastLong(row) < to);
    }

    @Override
    public int compareTo(Span other) {
      return Arrays.compareUnsigned(begin(0), other.begin(0));
    }
  }

  boolean any(Span span) throws IOException {
    return !leftOf(List.of(span), Set.of()).isEmpty();
  }

  /// Those of the spans of which something is left.
  ///
  /// @param but keys of rows that are about to go, wrapped
  Set<Span> leftOf(Collection<Span> spans, Set<ByteBuffer> but) throws IOException {
    List<Span> sorted = spans.stream().sorted().toList();
    Set<Span> left = new HashSet<>();
    byte[] table = RowKeys.table(RowKeys.REMAINS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      boolean found = rows.seek(table);
      while (found) {
        int volume = RowKeys.volumeOf(rows.key());
        inVolume(volume, rows, sorted, but, left);
        found = rows.seek(RowKeys.after(RemainsRow.in(volume)));
      }
    }
    return left;
  }

  private static void inVolume(int volume, KeyCursor rows, List<Span> sorted, Set<ByteBuffer> but, Set<Span> left)
      throws IOException {
    byte[] at = rows.key();
    for (Span span : sorted) {
      byte[] begin = span.begin(volume);
      if (Arrays.compareUnsigned(at, begin) < 0) {
        if (!rows.seek(begin)) {
          return;
        }
        at = rows.key();
      }
      while (span.has(volume, at)) {
        if (!but.contains(ByteBuffer.wrap(at))) {
          left.add(span);
          break;
        }
        if (!rows.next()) {
          return;
        }
        at = rows.key();
      }
    }
  }
}
