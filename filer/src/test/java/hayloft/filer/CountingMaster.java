package hayloft.filer;

import hayloft.common.placement.CatalogTerm;
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
  private int terms;
  private final Set<Integer> gone = new HashSet<>();
  private final Set<Integer> created = new HashSet<>();
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
      created.add(volume);
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
  public synchronized CatalogTerm takeCatalog(long floor) {
    long predecessor = epoch;
    epoch = Math.max(epoch, floor) + 1;
    terms++;
    return new CatalogTerm(epoch, predecessor);
  }

  /// Forgets every epoch it gave, as a master does whose log is lost.
  synchronized void forgetEpochs() {
    epoch = 0;
  }

  /// How often the catalog was taken.
  synchronized int terms() {
    return terms;
  }

  @Override
  public synchronized void retired(int volume, int highestId) {
    gone.add(volume);
    lastVolume = Math.max(lastVolume, highestId);
    open.remove((Integer) volume);
  }

  /// Volumes of which it was told that they are gone for good.
  synchronized Set<Integer> gone() {
    return Set.copyOf(gone);
  }

  @Override
  public synchronized boolean isKnown(int volume) {
    return created.contains(volume) && !gone.contains(volume);
  }

  synchronized int leases() {
    return leases;
  }

  synchronized Set<Integer> sealed() {
    return Set.copyOf(sealed);
  }
}
