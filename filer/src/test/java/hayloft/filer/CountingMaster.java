package hayloft.filer;

import hayloft.common.placement.LeaseRequest;
import hayloft.common.placement.MasterClient;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.VolumeLease;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A master that counts up: volumes, keys, epochs. Thread-safe.
final class CountingMaster implements MasterClient {

  private static final int KEYS_PER_LEASE = 100;

  private final MemoryVolumes volumes;
  private final List<Integer> open = new ArrayList<>();
  private final Set<Integer> sealed = new HashSet<>();
  private int lastVolume;
  private long nextKey = 1;
  private long epoch;
  private int leases;
  private boolean full;

  CountingMaster(MemoryVolumes volumes) {
    this.volumes = volumes;
  }

  synchronized void allowNoMoreVolumes() {
    full = true;
  }

  @Override
  public synchronized VolumeLease lease(LeaseRequest request) throws NoWritableVolumeException {
    leases++;
    int volume = open.stream().filter(id -> !request.except().contains(id)).findFirst().orElse(0);
    if (volume == 0) {
      if (full) {
        throw new NoWritableVolumeException("all " + lastVolume + " volumes are taken");
      }
      volume = ++lastVolume;
      volumes.create(volume);
      open.add(volume);
    }
    long firstKey = nextKey;
    nextKey += KEYS_PER_LEASE;
    return new VolumeLease(volume, firstKey, KEYS_PER_LEASE);
  }

  @Override
  public synchronized void reportUnwritable(int volume) {
    open.remove((Integer) volume);
    sealed.add(volume);
    volumes.seal(volume);
  }

  @Override
  public synchronized long takeCatalog(long floor) {
    epoch = Math.max(epoch, floor) + 1;
    return epoch;
  }

  @Override
  public List<NodeAddress> lookup(int volume) {
    return List.of();
  }

  synchronized int leases() {
    return leases;
  }

  synchronized Set<Integer> sealed() {
    return Set.copyOf(sealed);
  }
}
