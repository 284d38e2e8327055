package hayloft.cli.volume;

import hayloft.cli.admin.AdminRooms;
import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.directory.DataDirectory;
import hayloft.common.directory.StoreDirectories;
import hayloft.common.memory.BufferMemory;
import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.VolumeStatus;
import hayloft.filer.Bucket;
import hayloft.filer.BodyReader;
import hayloft.filer.BodyWriter;
import hayloft.filer.CatalogConfig;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Precondition;
import hayloft.filer.StoredBody;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.body.BodyConfig;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.users.StoreKey;
import hayloft.master.Master;
import hayloft.master.MasterConfig;
import hayloft.master.placement.PlacementConfig;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// A store in a data directory as a server leaves it, without the server: rooms that are open until this is closed.
/// Confined to a test.
public final class StoreOnDisk implements AutoCloseable {

  private final StoreDirectories directories;
  private final VolumeStore volumes;
  private final Master master;
  private final VolumeCatalog catalog;

  public StoreOnDisk(Path directory) throws IOException {
    this(directory, PlacementConfig.DEFAULTS.volumeLimitBytes());
  }

  /// With volumes of another size.
  public StoreOnDisk(Path directory, long volumeLimitBytes) throws IOException {
    this(List.of(directory), volumeLimitBytes);
  }

  /// Over several directories, with an open volume of each stream in each.
  public StoreOnDisk(List<Path> paths) throws IOException {
    this(paths, PlacementConfig.DEFAULTS.volumeLimitBytes());
  }

  private StoreOnDisk(List<Path> paths, long volumeLimitBytes) throws IOException {
    InstantSource clock = InstantSource.system();
    directories = StoreDirectories.open(paths, StoreDirectories.WhenEmpty.CREATE);
    List<VolumeStore.Folder> folders = new ArrayList<>();
    for (DataDirectory directory : directories.all()) {
      folders.add(new VolumeStore.Folder(new FileDisk(directory.volumes()), ""));
    }
    volumes = VolumeStore.open(VolumeStoreConfig.DEFAULTS.withMinFreeBytes(0),
        folders,
        new NodeAddress("n", "localhost:1", "localhost:1", "dc", "rack"), directories.storeId(), clock,
        PooledByteBufAllocator.DEFAULT);
    master = Master.open(directories.first().master(), new MasterConfig(
        PlacementConfig.DEFAULTS.withVolumeLimitBytes(volumeLimitBytes).withOpenVolumes(folders.size()),
        MasterConfig.DEFAULTS.snapshotEvery()), clock);
    master.register(volumes);
    catalog = VolumeCatalog.open(
        CatalogConfig.defaults(directories.storeId().toString(), Durability.FSYNC)
            .withLeases(LeaseConfig.DEFAULTS.withVolumesPerStream(folders.size()))
            .withMemory(KeyStoreConfig.DEFAULTS, BodyConfig.DEFAULTS.forVolumesOf(volumeLimitBytes)),
        directories.first().catalog(), volumes, master, new StoreKey(new byte[StoreKey.BYTES]), clock, _ -> {},
        BufferMemory.AMPLE);
  }

  public Bucket bucket(String name, Versioning versioning) throws IOException {
    catalog.createBucket(name, "owner", "us-east-1", false, made -> made);
    return versioning == Versioning.UNVERSIONED
        ? catalog.findBucket(name).orElseThrow()
        : catalog.updateBucket(name, bucket -> bucket.withVersioning(versioning)).orElseThrow();
  }

  public void put(Bucket bucket, String key, byte[] body) throws IOException, NoSuchAlgorithmException {
    BodyWriter writer = catalog.writeBody(bucket, key, Durability.FSYNC);
    writer.write(Unpooled.copiedBuffer(body));
    StoredBody stored = writer.finish();
    catalog.put(bucket, key,
        new ObjectDraft(Map.of("content-type", "text/plain"), Map.of("colour", "red"), Map.of(), "owner", "STANDARD",
            Optional.empty()),
        HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(body)), stored, Precondition.NONE,
        Durability.FSYNC);
  }

  public void delete(Bucket bucket, String key) throws IOException {
    catalog.delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
  }

  /// An object's bytes; empty if there is no such object.
  ///
  /// @throws IOException as a server would answer with an error
  public Optional<byte[]> get(Bucket bucket, String key) throws IOException {
    if (!(catalog.find(bucket, key, VersionSelector.LATEST) instanceof Lookup.Found(ObjectVersion version))) {
      return Optional.empty();
    }
    var bytes = new ByteArrayOutputStream();
    try (BodyReader body = catalog.read(version, ByteRange.whole(version.sizeBytes()))) {
      while (true) {
        ByteBuf piece = body.next();
        if (piece == null) {
          return Optional.of(bytes.toByteArray());
        }
        try {
          bytes.write(ByteBufUtil.getBytes(piece));
        } finally {
          piece.release();
        }
      }
    }
  }

  /// As the admin port has them.
  public AdminRooms rooms() {
    return new AdminRooms(catalog, volumes, master, directories);
  }

  public UUID storeId() {
    return directories.storeId();
  }

  public List<VolumeStatus> volumes() {
    return volumes.volumes();
  }

  /// A blob in the first volume there is.
  public FileId blob(long key, byte[] data) {
    int volume = volumes.ends().getFirst().volume();
    FileId id = new FileId(volume, key, 0x1234);
    volumes.append(new NeedleDraft(id, NeedleKind.BLOB, 0, Unpooled.EMPTY_BUFFER, Unpooled.copiedBuffer(data),
        Durability.FSYNC)).join();
    return id;
  }

  @Override
  public void close() throws IOException {
    catalog.close();
    master.close();
    volumes.close();
    directories.close();
  }
}
