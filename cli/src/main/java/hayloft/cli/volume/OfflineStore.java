package hayloft.cli.volume;

import hayloft.cli.files.Scratch;
import hayloft.cli.progress.Progress;
import hayloft.common.Durability;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.memory.BufferMemory;
import hayloft.common.placement.CatalogTerm;
import hayloft.common.placement.LeaseRequest;
import hayloft.common.placement.MasterClient;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.VolumeLease;
import hayloft.filer.CatalogConfig;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.gc.CollectorConfig;
import hayloft.filer.replay.ReplayListener;
import hayloft.filer.users.StoreKey;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.disk.OverlayDisk;
import hayloft.volume.disk.ReadOnlyDisk;
import hayloft.volume.pack.PackedDisk;
import hayloft.volume.store.DamagedVolumeException;
import hayloft.volume.store.Descriptor;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// A store's catalog and volumes, opened by the server's own code over files that stay as they are: so what is current,
/// deleted, torn or damaged is judged exactly as a server would. Needle maps, index logs and a catalog rebuilt from the
/// volumes lie in a scratch directory, which goes when this is closed. Confined to one thread.
final class OfflineStore implements Closeable {

  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final Scratch scratch;
  private final VolumeStore volumes;
  private final LookedAtVolumes lookedAt;
  private final VolumeCatalog catalog;

  /// @param folders of volume files
  /// @param scratchParent where the scratch directory is made
  static OfflineStore open(List<Path> folders, Path scratchParent, Progress progress) throws IOException {
    Scratch scratch = Scratch.directory(scratchParent, "hayloft-offline-");
    try {
      return new OfflineStore(folders, scratch, progress);
    } catch (IOException | RuntimeException e) {
      scratch.close();
      throw e;
    }
  }

  private OfflineStore(List<Path> folders, Scratch scratch, Progress progress) throws IOException {
    this.scratch = scratch;
    UUID storeId = storeId(folders);
    List<VolumeStore.Folder> disks = new ArrayList<>();
    for (Path folder : folders) {
      Path own = OwnerOnly.directories(scratch.path().resolve("volumes-" + disks.size()));
      disks.add(new VolumeStore.Folder(new OverlayDisk(folder, own), ""));
    }
    InstantSource clock = InstantSource.system();
    CompactionConfig never = new CompactionConfig(1, 0, 1, Duration.ZERO);
    volumes = VolumeStore.open(VolumeStoreConfig.DEFAULTS.withMinFreeBytes(0).withCompaction(never), disks,
        new NodeAddress("offline", "offline", "offline", "", ""), storeId, clock, PooledByteBufAllocator.DEFAULT);
    lookedAt = new LookedAtVolumes(volumes);
    try {
      CatalogConfig config = CatalogConfig.defaults(storeId.toString(), Durability.OS)
          .withCollector(new CollectorConfig(FOREVER, FOREVER, FOREVER, FOREVER, 1, 1));
      catalog = VolumeCatalog.open(config, scratch.path().resolve("catalog"), lookedAt, new NoMaster(),
          new StoreKey(new byte[StoreKey.BYTES]), clock, new Rebuilding(progress), BufferMemory.AMPLE);
    } catch (IOException | RuntimeException e) {
      volumes.close();
      throw e;
    }
  }

  private static UUID storeId(List<Path> folders) throws IOException {
    var fault = new IOException("no volume descriptors in " + folders);
    for (Path folder : folders) {
      var disk = PackedDisk.over(new ReadOnlyDisk(folder));
      try {
        for (String name : disk.list()) {
          if (name.matches("[1-9][0-9]*\\" + Descriptor.SUFFIX)) {
            try {
              return Descriptor.read(disk, name).storeId();
            } catch (DamagedVolumeException e) {
              fault = e; // if it is the only one; what comes of it otherwise is the volumes' business
            }
          }
        }
      } finally {
        disk.close();
      }
    }
    throw fault;
  }

  VolumeCatalog catalog() {
    return catalog;
  }

  VolumeStore volumes() {
    return volumes;
  }

  /// Ids of buckets that hold objects although none of these volumes tells of the bucket.
  List<Long> namelessBuckets() {
    List<Long> known = catalog.buckets().stream().map(bucket -> bucket.id()).toList();
    return lookedAt.buckets().stream().filter(id -> !known.contains(id)).sorted().toList();
  }

  @Override
  public void close() throws IOException {
    try {
      catalog.close();
    } finally {
      try {
        volumes.close();
      } finally {
        scratch.close();
      }
    }
  }

  /// Counts replayed bytes. Called by one thread at a time.
  private static final class Rebuilding implements ReplayListener {
    private final hayloft.cli.progress.Progress shown;
    private long counted;

    Rebuilding(hayloft.cli.progress.Progress shown) {
      this.shown = shown;
    }

    @Override
    public void progress(ReplayListener.Progress progress) {
      shown.add(progress.bytesDone() - counted);
      counted = progress.bytesDone();
    }
  }

  /// Nobody writes, so nobody leases.
  private static final class NoMaster implements MasterClient {
    @Override
    public VolumeLease lease(LeaseRequest request) throws NoWritableVolumeException {
      throw new NoWritableVolumeException("the volumes are only looked at");
    }

    @Override
    public void reportUnwritable(int volume) {
      // none is written to
    }

    @Override
    public CatalogTerm takeCatalog(long floor) {
      return new CatalogTerm(floor + 1, floor);
    }

    @Override
    public void retired(int volume, int highestId) {
      // no id is handed out
    }

    @Override
    public boolean isKnown(int volume) {
      return false;
    }
  }
}
