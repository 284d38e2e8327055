package hayloft.filer.objects;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Remembers where keys have many versions in a row that nobody sees any more, erased ones mostly, until the collector
/// has taken them away: so they are walked over once, and not by every reader. Thread-safe.
///
/// What is remembered stays true: a version that does not exist for readers never exists again, and a key's new
/// versions lie above all its older ones.
final class HiddenVersions {

  /// As many keys as are remembered: a megabyte with the longest keys.
  private static final int MAX_KEYS = 512;

  /// Versions of a key of which none exists.
  ///
  /// @param newest sequence of the first
  /// @param oldest sequence of the last
  /// @param hasNull a null version is among them
  record Stretch(long newest, long oldest, boolean hasNull) {

    /// The version is one of them, and not the last.
    boolean leadsOnFrom(long version) {
      return version <= newest && version > oldest;
    }
  }

  private record Name(long bucketId, String key) {}

  private final Map<Name, Stretch> stretches = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Name, Stretch> eldest) {
      return size() > MAX_KEYS;
    }
  };

  @Nullable
  Stretch of(long bucketId, String key) {
    synchronized (stretches) {
      return stretches.get(new Name(bucketId, key));
    }
  }

  /// In place of what was remembered of the key before.
  void remember(long bucketId, String key, Stretch stretch) {
    synchronized (stretches) {
      stretches.put(new Name(bucketId, key), stretch);
    }
  }
}
