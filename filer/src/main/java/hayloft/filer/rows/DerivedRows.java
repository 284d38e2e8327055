package hayloft.filer.rows;

import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import java.io.IOException;

/// Walks the rows that are functions of needles which are not marked dead, those of settled killers among them.
/// Stateless.
public final class DerivedRows {

  private DerivedRows() {}

  /// Is shown rows.
  @FunctionalInterface
  public interface Visitor {

    /// @param row its key; of a settled killer the one that it had before
    void row(byte[] row, byte[] value) throws IOException;
  }

  /// Shows each row once, table by table, those that are settled last.
  public static void forEach(KeyStore store, Visitor visitor) throws IOException {
    forEach(store, visitor, visitor);
  }

  /// The same, for who has to tell what readers see from what is settled: of a settled version nothing but its own
  /// needle is there, since its bytes were marked dead before.
  public static void forEach(KeyStore store, Visitor seen, Visitor settled) throws IOException {
    for (byte table : RowKeys.DERIVED_TABLES) {
      walk(store, RowKeys.table(table), seen);
    }
    walk(store, RowKeys.table(RowKeys.SETTLED), (row, value) -> {
      if (row[1] != RowKeys.ENDED_UPLOADS) { // such a one has its row in E as well
        settled.row(RowKeys.beforeSettling(row), value);
      }
    });
  }

  private static void walk(KeyStore store, byte[] prefix, Visitor visitor) throws IOException {
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        visitor.row(rows.key(), rows.value());
      }
    }
  }

  /// The value of a row, settled or not; null if there is none.
  public static byte @org.jspecify.annotations.Nullable [] get(KeyStore store, byte[] row) throws IOException {
    byte[] value = store.get(row);
    return value == null && RowKeys.canBeSettled(row) ? store.get(RowKeys.settledRow(row)) : value;
  }
}
