package hayloft.filer.losses;

import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// All rows of an object key, those of settled killers too, and which of them lie in some volume. Immutable.
///
/// Without their values, of which the rows of a hundred thousand versions would have too many.
final class KeyOutline {

  /// A row.
  ///
  /// @param isHere its needle lies in the volume
  /// @param isNull it is a null version
  record Line(long version, Facet facet, long sequence, boolean isHere, boolean isNull) {}

  private record Property(long version, Facet facet) {}

  private final List<Line> lines = new ArrayList<>();
  private final Set<Long> erased = new HashSet<>();
  private final Set<Long> elsewhere = new HashSet<>();
  private final Map<Property, Long> newestProperties = new HashMap<>();
  private long newest;
  private long newestNull;

  private KeyOutline() {}

  static KeyOutline read(KeyStore store, long bucketId, byte[] key, int volume) throws IOException {
    var outline = new KeyOutline();
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, bucketId, key);
    for (byte[] from : List.of(prefix, RowKeys.settled(prefix))) {
      try (KeyCursor rows = store.cursor(from, RowKeys.after(from), Reach.DISK)) {
        for (boolean more = rows.seek(from); more; more = rows.next()) {
          byte[] row = from == prefix ? rows.key() : RowKeys.beforeSettling(rows.key());
          outline.add(new ObjectRow(row), rows.value(), volume);
        }
      }
    }
    return outline;
  }

  private void add(ObjectRow row, byte[] value, int volume) throws IOException {
    boolean isVersion = row.facet() == Facet.VERSION;
    var line = new Line(row.version(), row.facet(), row.sequence(), RowValue.needle(value).volume() == volume,
        isVersion && VersionBody.isNullVersion(RowValue.body(value)));
    lines.add(line);
    newest = Math.max(newest, line.version());
    switch (line.facet()) {
      case VERSION -> {
        newestNull = line.isNull() ? Math.max(newestNull, line.version()) : newestNull;
        if (!line.isHere()) {
          elsewhere.add(line.version());
        }
      }
      case ERASED -> erased.add(line.version());
      case TAGS, ACL ->
        newestProperties.merge(new Property(line.version(), line.facet()), line.sequence(), Math::max);
    }
  }

  List<Line> all() {
    return lines;
  }

  /// Whether a line is about the key's newest version.
  boolean isOfNewest(Line line) {
    return line.version() == newest;
  }

  boolean isErased(Line version) {
    return erased.contains(version.version());
  }

  /// A newer null version hides a null version.
  boolean isHidden(Line version) {
    return version.isNull() && version.version() < newestNull;
  }

  /// Whether tags, or a list, count: there are no newer ones of the version, and that lies elsewhere.
  boolean isInForce(Line property) {
    Long newestProperty = newestProperties.get(new Property(property.version(), property.facet()));
    return newestProperty != null && newestProperty == property.sequence() && elsewhere.contains(property.version());
  }
}
