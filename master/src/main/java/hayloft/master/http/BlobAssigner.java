package hayloft.master.http;

import hayloft.common.FileId;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.placement.VolumeLease;
import hayloft.common.volume.BlobIds;
import hayloft.master.Master;
import hayloft.master.placement.Demand;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Hands out file ids for blobs, from leases that it holds, and knows which of them may still be written. Thread-safe;
/// waits when it needs a new lease.
public final class BlobAssigner implements BlobIds {

  /// Different kinds of blobs that leases are held for at once; beyond it the oldest leases are given up, which spends
  /// their keys.
  private static final int MOST_KINDS = 1000;

  private final ReentrantLock lock = new ReentrantLock();
  private final SecureRandom random = new SecureRandom();
  private final Master master;
  private final Map<Demand, Remaining> leases = new HashMap<>();
  private final OutstandingIds outstanding = new OutstandingIds();

  public BlobAssigner(Master master) {
    this.master = master;
  }

  /// What is left of a lease.
  private record Remaining(int volume, long nextKey, long endKey) {}

  /// How many ids can be taken at once: a lease's.
  public int mostAtOnce() {
    return master.keysPerLease();
  }

  /// Takes `count` consecutive keys of one volume; the file id names the first of them. All share its cookie.
  ///
  /// Nothing is taken of a master that has stopped, also where keys are left: it ends with a start, which knows nothing
  /// of what was handed out before and not written.
  ///
  /// @throws NoWritableVolumeException if there is no room
  /// @throws RestartNeededException if a fault has stopped the master
  /// @throws IllegalArgumentException if the count is more than one lease holds
  public FileId assign(Demand demand, int count) throws IOException {
    lock.lock();
    try {
      master.requireRunning();
      Remaining held = leases.get(demand);
      if (held == null || held.endKey() - held.nextKey() < count || !master.takesAppends(held.volume())) {
        VolumeLease lease = master.leaseForBlobs(demand, Set.of());
        if (lease.keyCount() < count) {
          throw new IllegalArgumentException("count must be at most " + lease.keyCount() + ", got " + count);
        }
        held = new Remaining(lease.volume(), lease.firstKey(), lease.firstKey() + lease.keyCount());
        if (leases.size() >= MOST_KINDS) {
          leases.clear();
        }
      }
      leases.put(demand, new Remaining(held.volume(), held.nextKey() + count, held.endKey()));
      var first = new FileId(held.volume(), held.nextKey(), random.nextInt());
      outstanding.add(first, count);
      return first;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isForBlobs(int volume) {
    return master.isForBlobs(volume);
  }

  @Override
  public boolean mayBeWritten(FileId id) {
    return outstanding.holds(id);
  }

  @Override
  public void written(FileId id) {
    outstanding.remove(id);
  }
}
