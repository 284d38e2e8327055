package hayloft.e2e.damage;

import hayloft.common.FileId;
import hayloft.filer.mutation.Mutation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// What a damage has hit, by name: only that may answer errors. Confined to one thread.
final class Hits implements Predicate<String> {
  /// With the needles that were hit, by which they suffer.
  private final Map<String, Set<FileId>> names = new HashMap<>();
  private final Set<FileId> needles = new HashSet<>();
  /// Of the needles, those of which not a byte was hit.
  private final Set<FileId> unscathed = new HashSet<>();
  private final Set<String> forgotten = new HashSet<>();
  private final Set<FileId> torn = new HashSet<>();
  private boolean indexesLost;
  private boolean deadOfNoIndex;

  static String key(long bucketId, String key) {
    return "key " + bucketId + "/" + key;
  }

  /// Uploads under way of a key.
  static String upload(long bucketId, String key) {
    return "upload " + bucketId + "/" + key;
  }

  static String bucket(String name) {
    return "bucket " + name;
  }

  static String user(String id) {
    return "user " + id;
  }

  static String blob(FileId id) {
    return "blob " + id;
  }

  void add(String name, FileId culprit) {
    names.computeIfAbsent(name, _ -> new HashSet<>()).add(culprit);
  }

  /// Needles that were hit and by which it suffers.
  Set<FileId> culprits(String name) {
    return Set.copyOf(names.getOrDefault(name, Set.of()));
  }

  /// Of a mutation nobody may know any more.
  void forgotten(Mutation mutation) {
    switch (mutation) {
      case Mutation.PutVersion put -> forgotten.add(key(put.bucketId(), put.key()));
      case Mutation.SetTags tags -> forgotten.add(key(tags.bucketId(), tags.key()));
      case Mutation.SetAcl acl -> forgotten.add(key(acl.bucketId(), acl.key()));
      case Mutation.EraseVersion erase -> forgotten.add(key(erase.bucketId(), erase.key()));
      case Mutation.CreateUpload create -> forgotten.add(key(create.bucketId(), create.key()));
      case Mutation.PutPart part -> forgotten.add(key(part.bucketId(), part.key()));
      case Mutation.AbortUpload abort -> forgotten.add(key(abort.bucketId(), abort.key()));
      default -> {
        // others are always synced before they are acknowledged
      }
    }
  }

  /// It stood at the end of a volume whose server was killed, and no entry of the index log proves that it was synced:
  /// it may be taken for a write that the kill tore.
  void forgotten(FileId needle) {
    torn.add(needle);
  }

  boolean isForgotten(FileId needle) {
    return torn.contains(needle);
  }

  boolean isForgotten(long bucketId, String key) {
    return forgotten.contains(key(bucketId, key));
  }

  /// The caches that know of a blob when its own head is damaged were hit, too: then nobody does.
  void indexesLost() {
    indexesLost = true;
  }

  boolean areIndexesLost() {
    return indexesLost;
  }

  /// A needle that is dead and that no index knows was damaged.
  void deadOfNoIndex() {
    deadOfNoIndex = true;
  }

  /// Whether a damaged place may be told although all that lies there is dead, since nobody knows that.
  boolean mayTellOfTheDead() {
    return indexesLost || deadOfNoIndex;
  }

  void add(FileId needle) {
    needles.add(needle);
    unscathed.remove(needle);
  }

  /// It counts no more, for what it refers to was hit.
  void addForAnother(FileId needle) {
    if (needles.add(needle)) {
      unscathed.add(needle);
    }
  }

  /// Whether bytes of a needle were hit.
  boolean isDamaged(FileId needle) {
    return needles.contains(needle) && !unscathed.contains(needle);
  }

  /// A blob that was put again.
  void remove(FileId blob) {
    needles.remove(blob);
    names.remove(blob(blob));
  }

  /// Needles that were hit, be it only in their data.
  Set<FileId> needles() {
    return Set.copyOf(needles);
  }

  boolean isEmpty() {
    return names.isEmpty() && needles.isEmpty();
  }

  @Override
  public boolean test(String name) {
    return names.containsKey(name);
  }

  boolean test(FileId needle) {
    return needles.contains(needle);
  }

  /// Whether something that has no way to answer an error was hit: the start itself may be refused for it.
  boolean hasTablesOfMemory() {
    return names.keySet().stream().anyMatch(name -> name.startsWith("bucket ") || name.startsWith("user "));
  }

  @Override
  public String toString() {
    return names.keySet() + " needles " + needles;
  }
}
