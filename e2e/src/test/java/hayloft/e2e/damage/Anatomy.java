package hayloft.e2e.damage;

import hayloft.common.FileId;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.Pieces;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.index.IndexLog;
import hayloft.volume.inspect.Damage;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where every needle of a store at rest lies, and what refers to it: tells what a damaged place hits. Immutable.
final class Anatomy {

  /// @param file path of the volume file under the store's root
  /// @param frontBytes head, meta and sums of blocks
  /// @param isUnsynced it was acknowledged before it was synced
  /// @param mutation null for a blob, and for what this program does not understand
  /// @param pieces that it refers to
  record Needle(String file, long offset, long lengthBytes, long frontBytes, FileId id, NeedleKind kind, boolean isDead,
      boolean syncedBefore, boolean isUnsynced, @Nullable Mutation mutation, List<Piece> pieces) {

    long endBytes() {
      return offset + lengthBytes;
    }

    /// For messages.
    String mutationName() {
      return mutation == null ? "" : mutation.getClass().getSimpleName();
    }
  }

  private final Map<String, List<Needle>> files = new HashMap<>();
  /// Of the files, those that lie in packs.
  private final Set<String> packed = new HashSet<>();
  private final Map<FileId, Needle> needles = new HashMap<>();
  private final Set<FileId> unindexed = new HashSet<>();
  private final Map<FileId, Set<FileId>> listed = new HashMap<>();
  private final Map<Long, String> bucketNames = new HashMap<>();

  private Anatomy() {}

  /// Of a store in which nothing is hit.
  static Anatomy none() {
    return new Anatomy();
  }

  static Anatomy of(Path root) throws IOException {
    var anatomy = new Anatomy();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path folder : all.filter(path -> path.endsWith("volumes")).sorted().toList()) {
        for (Path path : VolumeFile.in(folder)) {
          anatomy.read(root.relativize(path).toString(), path);
          if (Files.exists(path)) {
            anatomy.readIndex(root.relativize(path).toString(), path);
          } else {
            anatomy.packed.add(root.relativize(path).toString());
          }
        }
      }
    }
    return anatomy;
  }

  private void read(String name, Path path) throws IOException {
    List<Needle> found = new ArrayList<>();
    files.put(name, found);
    try (VolumeFile file = VolumeFile.open(path)) {
      file.look(NeedleScanner.Depth.METAS, new VolumeFile.Visitor() {
        @Override
        public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
          byte[] bytes = new byte[meta.remaining()];
          meta.get(bytes);
          Mutation mutation = head.kind() == NeedleKind.BLOB ? null : understood(bytes);
          var needle = new Needle(name, offset, head.recordBytes(), head.dataOffset(), head.id(), head.kind(),
              file.dead().contains(head.key()), head.syncedBefore(),
              mutation != null && MutationCodec.isUnsynced(bytes), mutation,
              mutation == null ? List.of() : Envelope.read(bytes).outline().pieces());
          found.add(needle);
          needles.put(head.id(), needle);
          if (mutation instanceof Mutation.PutBucket(var bucket, var _)) {
            bucketNames.put(bucket.id(), bucket.name());
          }
          if (head.kind() == NeedleKind.CHUNK && head.dataBytes() > 0) {
            noteList(head, file.bytes(offset + head.dataOffset(), head.dataBytes()));
          }
        }

        @Override
        public void damage(Damage damage) {
          // of a crash: a template that was killed may have it
        }
      });
    }
  }

  private void readIndex(String name, Path path) throws IOException {
    Set<Long> keys = new HashSet<>();
    try (VolumeFile file = VolumeFile.open(path)) {
      String log = path.getFileName().toString().replaceFirst("dat$", "idx");
      IndexLog.visit(new FileDisk(Objects.requireNonNull(path.toAbsolutePath().getParent())), log, file.superblock(), 0,
          Long.MAX_VALUE,
          entry -> keys.add(entry.key()));
    }
    needles(name).stream().map(Needle::id).filter(id -> !keys.contains(id.key())).forEach(unindexed::add);
  }

  /// What was acknowledged as `os` and not synced when the server was killed: no index log knows of it.
  boolean isUnindexed(FileId needle) {
    return unindexed.contains(needle);
  }

  private static @Nullable Mutation understood(byte[] meta) {
    try {
      return MutationCodec.decode(meta, "");
    } catch (MalformedMutationException | RuntimeException _) {
      return null;
    }
  }

  /// If the data is no list, what comes out is of no needle that anybody refers to.
  private void noteList(NeedleHead head, byte[] data) {
    try {
      Set<FileId> ids = new HashSet<>();
      Pieces.decode(data).forEach(piece -> ids.add(piece.needle()));
      listed.put(head.id(), ids);
    } catch (MalformedMutationException | RuntimeException _) {
      // plain bytes
    }
  }

  /// Volume files that are files of their own.
  List<String> files() {
    return files.keySet().stream().filter(file -> !packed.contains(file)).sorted().toList();
  }

  /// Volume files that lie in packs of a folder.
  List<String> packedIn(String folder) {
    return packed.stream().filter(file -> file.startsWith(folder + "/")).sorted().toList();
  }

  List<Needle> needles(String file) {
    return files.getOrDefault(file, List.of());
  }

  /// All needles that it takes to read what a needle stands for, itself included.
  Set<FileId> closure(FileId needle) {
    Set<FileId> closure = new HashSet<>();
    collect(needle, closure);
    return closure;
  }

  private void collect(FileId id, Set<FileId> into) {
    if (!into.add(id)) {
      return;
    }
    Needle needle = needles.get(id);
    if (needle == null) {
      return;
    }
    for (Piece piece : needle.pieces()) {
      collect(piece.needle(), into);
      if (piece.isList()) {
        listed.getOrDefault(piece.needle(), Set.of()).forEach(below -> collect(below, into));
      }
    }
    if (needle.kind() == NeedleKind.CHUNK) {
      listed.getOrDefault(id, Set.of()).stream().filter(needles::containsKey).forEach(below -> collect(below, into));
    }
  }

  /// Notes what suffers if a volume file ends sooner.
  void cut(String file, long toBytes, boolean wasKilled, boolean andDead, Hits hits) {
    for (Needle needle : needles(file)) {
      if (toBytes < needle.endBytes()) {
        lose(needle, wasKilled, andDead, hits);
      }
    }
  }

  /// A needle is not there any more.
  void lose(Needle needle, boolean wasKilled, boolean andDead, Hits hits) {
    hit(needle, true, andDead, hits);
    if (wasKilled && needles(needle.file()).stream()
        .noneMatch(later -> later.offset() >= needle.endBytes() && later.syncedBefore())) {
      forget(needle, hits);
    }
  }

  /// If it was not synced before the kill, nobody knows of it once it is gone or damaged, as after a power cut.
  private void forget(Needle needle, Hits hits) {
    if (hits.areIndexesLost() || isUnindexed(needle.id())) {
      hits.forgotten(needle.id());
    }
    for (Needle owner : needles.values()) {
      if (owner.isUnsynced() && owner.mutation() != null && closure(owner.id()).contains(needle.id())) {
        hits.addForAnother(owner.id());
        suffer(owner, true, hits);
        hits.forgotten(owner.mutation());
      }
    }
  }

  /// Notes what suffers if bytes of a volume file are lost.
  ///
  /// @param wasKilled so that a needle of which nothing behind it says that it was synced may be taken for torn, and
  /// be gone whole for damage of its data alone
  /// @param andDead the marks may be lost as well, so that needles that are marked dead count
  void hit(String file, long fromBytes, long toBytes, boolean wasKilled, boolean andDead, Hits hits) {
    boolean inTail = wasKilled
        && needles(file).stream().noneMatch(needle -> needle.offset() >= toBytes && needle.syncedBefore());
    for (Needle needle : needles(file)) {
      if (needle.offset() < toBytes && fromBytes < needle.endBytes()) {
        hit(needle, inTail || fromBytes < needle.offset() + needle.frontBytes(), andDead, hits);
        if (inTail) {
          forget(needle, hits);
        }
      }
    }
  }

  /// @param inFront head or meta, so that nobody knows what the needle was about
  void hit(Needle needle, boolean inFront, boolean andDead, Hits hits) {
    if (needle.isDead() && !andDead) {
      if (isUnindexed(needle.id())) {
        hits.deadOfNoIndex();
      }
      return;
    }
    hits.add(needle.id());
    suffer(needle, inFront, hits);
  }

  private void suffer(Needle needle, boolean inFront, Hits hits) {
    if (needle.kind() == NeedleKind.BLOB) {
      hits.add(Hits.blob(needle.id()), needle.id());
    }
    for (Needle part : needles.values()) {
      if (part.mutation() instanceof Mutation.PutPart put && closure(part.id()).contains(needle.id())) {
        hits.add(Hits.upload(put.bucketId(), put.key()), needle.id());
      }
    }
    Mutation mutation = needle.mutation();
    if (!inFront || mutation == null) {
      return;
    }
    switch (mutation) {
      case Mutation.PutVersion put -> key(put.bucketId(), put.key(), needle, hits);
      case Mutation.SetTags tags -> key(tags.bucketId(), tags.key(), needle, hits);
      case Mutation.SetAcl acl -> key(acl.bucketId(), acl.key(), needle, hits);
      case Mutation.EraseVersion erase -> key(erase.bucketId(), erase.key(), needle, hits);
      case Mutation.CreateUpload create -> hits.add(Hits.upload(create.bucketId(), create.key()), needle.id());
      case Mutation.PutPart part -> hits.add(Hits.upload(part.bucketId(), part.key()), needle.id());
      case Mutation.AbortUpload abort -> hits.add(Hits.upload(abort.bucketId(), abort.key()), needle.id());
      case Mutation.PutBucket bucket -> hits.add(Hits.bucket(bucket.bucket().name()), needle.id());
      case Mutation.DeleteBucket bucket -> hits
          .add(Hits.bucket(bucketNames.getOrDefault(bucket.bucketId(), "deleted " + bucket.bucketId())), needle.id());
      case Mutation.PutUser user -> hits.add(Hits.user(user.id()), needle.id());
      case Mutation.DeleteUser user -> hits.add(Hits.user(user.id()), needle.id());
      default -> {
        // a chunk, which only its object needs, or a mutation that clients do not see
      }
    }
  }

  /// Whatever it was, it may have completed an upload of the key: nobody can see that any more.
  private static void key(long bucketId, String key, Needle needle, Hits hits) {
    hits.add(Hits.key(bucketId, key), needle.id());
    hits.add(Hits.upload(bucketId, key), needle.id());
  }
}
