package hayloft.cli.volume;

import hayloft.common.ByteRange;
import hayloft.common.PieceSource;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.ReadResult;
import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.Lookup;
import hayloft.filer.LostTruthException;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import hayloft.filer.losses.Losses;
import hayloft.volume.inspect.Damage;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.store.DamagedVolumeException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Takes everything out of an offline store and into an archive, in the order of bucket and key. Confined to one
/// thread.
final class StoreWalk {

  private static final int PAGE = 1000;

  private final OfflineStore store;
  private final OptionalInt only;
  private final ObjectArchive archive;
  private final Set<String> leftOut = new HashSet<>();

  /// @param only what was committed to this volume; empty for everything
  StoreWalk(OfflineStore store, OptionalInt only, ObjectArchive archive) {
    this.store = store;
    this.only = only;
    this.archive = archive;
  }

  void objects(boolean versions) throws IOException {
    for (Bucket bucket : store.catalog().buckets()) {
      if (versions) {
        allVersions(bucket);
      } else {
        currentVersions(bucket);
      }
    }
  }

  private void currentVersions(Bucket bucket) throws IOException {
    Optional<String> after = Optional.empty();
    do {
      ObjectPage page = store.catalog().list(bucket, new ListQuery("", "", after, PAGE));
      for (ListedVersion version : page.objects()) {
        add(bucket, version, "");
      }
      after = page.next();
    } while (after.isPresent());
  }

  private void allVersions(Bucket bucket) throws IOException {
    Optional<VersionPage.Next> next = Optional.empty();
    do {
      VersionPage page = store.catalog().listVersions(bucket,
          new VersionQuery("", "", next.map(VersionPage.Next::key), next.flatMap(VersionPage.Next::versionId), PAGE));
      for (VersionPage.Entry entry : page.entries()) {
        switch (entry) {
          case VersionPage.Entry.Version(ListedVersion version, boolean latest) ->
            add(bucket, version, latest ? "" : "?versionId=" + version.versionId());
          case VersionPage.Entry.Marker _ -> {
            // has no bytes
          }
        }
      }
      next = page.next();
    } while (next.isPresent());
  }

  private void add(Bucket bucket, ListedVersion listed, String suffix) throws IOException {
    if (only.isPresent() && only.getAsInt() != listed.volume()) {
      return;
    }
    Optional<ObjectVersion> found = find(bucket, listed, suffix);
    if (found.isPresent()) {
      archive.addObject(bucket.name(), found.get(), suffix,
          store.catalog().read(found.get(), ByteRange.whole(found.get().sizeBytes())));
    }
  }

  /// Empty if nobody is sure of it: a listing goes on where truths are lost, and shows what is older; whoever asks for
  /// the object itself is refused.
  private Optional<ObjectVersion> find(Bucket bucket, ListedVersion listed, String suffix) throws IOException {
    try {
      Lookup found = store.catalog().find(bucket, listed.key(),
          suffix.isEmpty() ? VersionSelector.LATEST : new VersionSelector.Exactly(listed.versionId()));
      if (found instanceof Lookup.Found(ObjectVersion version)) {
        return Optional.of(version);
      }
      archive.leaveOut(bucket.name() + "/" + listed.key() + suffix, "it is listed and not found");
      return Optional.empty();
    } catch (LostTruthException e) {
      archive.leaveOut(bucket.name() + "/" + listed.key() + suffix, String.valueOf(e.getMessage()));
      leftOut.add("object " + bucket.name() + "/" + listed.key());
      return Optional.empty();
    }
  }

  /// What is lost, be it of an object or of nobody knows what; but for what [#objects] has named.
  void losses() throws IOException {
    for (Losses.Loss loss : store.catalog().lostTruths()) {
      if ((only.isEmpty() || only.getAsInt() == loss.truth().volume()) && !leftOut.contains(loss.name())) {
        archive.leaveOut(loss.toString(), loss.truth().found());
      }
    }
  }

  /// Live blobs; the catalog knows nothing of them.
  void blobs(List<Path> folders) throws IOException {
    for (Path folder : folders) {
      for (Path path : VolumeFile.in(folder)) {
        if (only.isEmpty() || only.getAsInt() == VolumePaths.number(path)) {
          blobs(path);
        }
      }
    }
  }

  private void blobs(Path path) throws IOException {
    try (VolumeFile file = VolumeFile.open(path)) {
      file.look(NeedleScanner.Depth.METAS, new VolumeFile.Visitor() {
        @Override
        public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
          if (head.kind() == NeedleKind.BLOB && !file.dead().contains(head.key())) {
            archive.addBlob(head.id().toString(), head.dataBytes(), new Blob(head));
          }
        }

        @Override
        public void damage(Damage damage) {
          // a blob that nobody can name any more; verify tells of it
        }
      });
    } catch (DamagedVolumeException e) {
      archive.leaveOut("blobs of volume " + VolumePaths.number(path), String.valueOf(e.getMessage()));
    }
  }

  /// A blob in one piece: it has 64 MiB at most.
  private final class Blob implements PieceSource {
    private final NeedleHead head;
    private boolean read;

    Blob(NeedleHead head) {
      this.head = head;
    }

    @Override
    public @Nullable ByteBuf poll() {
      return null;
    }

    @Override
    public @Nullable ByteBuf next() throws IOException {
      if (read) {
        return null;
      }
      read = true;
      return switch (store.volumes().read(head.id(), 0, head.dataBytes())) {
        case ReadResult.Found(ByteBuf data) -> data;
        case ReadResult.Absent _,ReadResult.NotCached _ ->
          throw new CorruptNeedleException("needle " + head.id() + " was torn by a crash");
      };
    }

    @Override
    public void close() {
      read = true;
    }
  }
}
