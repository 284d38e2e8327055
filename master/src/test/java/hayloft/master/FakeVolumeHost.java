package hayloft.master;

import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A volume server in memory with one disk.
public final class FakeVolumeHost implements VolumeHost {

  public final Map<Integer, VolumeStatus> volumes = new TreeMap<>();
  private final NodeAddress address;
  long freeBytes = 100L << 30;
  boolean refusesToCreate;

  public FakeVolumeHost(String id) {
    this.address = new NodeAddress(id, id + ":8080", id + ".example.test:80", "dc1", "rack1");
  }

  @Override
  public NodeAddress address() {
    return address;
  }

  @Override
  public void create(VolumeSpec spec, String directory) throws IOException {
    if (refusesToCreate) {
      throw new IOException("no directory can take volume " + spec.id());
    }
    if (volumes.put(spec.id(), status(spec, VolumeState.WRITABLE, 0, 0, Optional.empty())) != null) {
      throw new AssertionError("volume " + spec.id() + " was created twice");
    }
  }

  @Override
  public void seal(int volume) {
    change(volume, VolumeState.SEALED, 0, 0, Optional.of(Reason.SEALED));
  }

  @Override
  public void setReadOnly(int volume, boolean readOnly) {
    change(volume, VolumeState.WRITABLE, 0, 0, readOnly ? Optional.of(Reason.READ_ONLY) : Optional.empty());
  }

  public void fill() {
    freeBytes = 0;
  }

  void change(int volume, VolumeState state, long sizeBytes, long highestKey, Optional<Reason> unwritable) {
    volumes.computeIfPresent(volume, (_, status) -> status(status.spec(), state, sizeBytes, highestKey, unwritable));
  }

  void remove(int volume) {
    volumes.remove(volume);
  }

  void add(VolumeSpec spec, VolumeState state, long highestKey) {
    volumes.put(spec.id(), status(spec, state, 0, highestKey, Optional.empty()));
  }

  private static VolumeStatus status(VolumeSpec spec, VolumeState state, long sizeBytes, long highestKey,
      Optional<Reason> unwritable) {
    return new VolumeStatus(spec, state, 0, sizeBytes, 0, 0, 0, highestKey, "disk0", unwritable);
  }

  @Override
  public List<VolumeStatus> volumes() {
    return List.copyOf(volumes.values());
  }

  @Override
  public List<DiskStatus> disks() {
    return List.of(new DiskStatus("disk0", "", 200L << 30, freeBytes, 1L << 30, freeBytes > 1L << 30, 0));
  }
}
