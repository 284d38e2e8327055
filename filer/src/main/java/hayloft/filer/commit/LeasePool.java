package hayloft.filer.commit;

import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.LeaseRequest;
import hayloft.common.placement.MasterClient;
import hayloft.common.placement.NeedleStream;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.SpaceClaim;
import hayloft.common.placement.VolumeLease;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// File ids for needles to come, from leases of a few open volumes per stream. Thread-safe; asks the master only when a
/// range of keys is used up or a volume was given up.
///
/// A slot whose volume is gone and for which the master has no other rests for a while; the other slots serve
/// meanwhile. Only when no slot is left the caller sees the master's [NoWritableVolumeException]. Needles without data
/// then have one more slot, whose volume may lie on a disk that is below its reserve, or be full for everything else.
public final class LeasePool {

  private static final EventLog LOG = EventLog.of(LeasePool.class);
  private static final long REST_NANOS = Duration.ofMillis(500).toNanos();

  private final MasterClient master;
  private final LeaseConfig config;
  private final Cookies cookies = new Cookies();
  private final Map<NeedleStream, Slot[]> slots = new EnumMap<>(NeedleStream.class);
  private final AtomicInteger turn = new AtomicInteger();
  private final Slot reserve = new Slot(NeedleStream.SMALL, SpaceClaim.RESERVE);
  /// Volumes that refused, and until when (System.nanoTime) they are not asked for again; [Long#MAX_VALUE] is for good.
  private final Map<SpaceClaim, Map<Integer, Long>> refused = new EnumMap<>(SpaceClaim.class);
  /// The same of those whose disk had no room for the needle.
  private final Map<Integer, Long> withoutRoom = new ConcurrentHashMap<>();

  public LeasePool(MasterClient master, LeaseConfig config) {
    this.master = master;
    this.config = config;
    for (NeedleStream stream : NeedleStream.values()) {
      var ofStream = new Slot[config.volumesPerStream()];
      for (int i = 0; i < ofStream.length; i++) {
        ofStream[i] = new Slot(stream, SpaceClaim.DATA);
      }
      slots.put(stream, ofStream);
    }
    for (SpaceClaim claim : SpaceClaim.values()) {
      refused.put(claim, new ConcurrentHashMap<>());
    }
  }

  /// A fresh file id in some open volume, for a needle with data.
  ///
  /// @throws NoWritableVolumeException if there is room nowhere
  /// @throws DiskFullException if the master has no room for its log
  public FileId next(NeedleStream stream) throws IOException {
    Slot[] ofStream = slotsOf(stream);
    int first = turn.getAndIncrement() & Integer.MAX_VALUE;
    NoWritableVolumeException nowhere = null;
    for (int i = 0; i < ofStream.length; i++) {
      try {
        FileId id = ofStream[(first + i) % ofStream.length].next();
        if (id != null) {
          return id;
        }
      } catch (NoWritableVolumeException e) {
        nowhere = e;
      }
    }
    throw nowhere != null ? nowhere : asTheMasterSaidLast(ofStream);
  }

  /// While all slots rest.
  private static NoWritableVolumeException asTheMasterSaidLast(Slot[] ofStream) {
    NoWritableVolumeException last = ofStream[0].refusal;
    return last == null
        ? new NoWritableVolumeException("no open volume takes appends; the master is asked again shortly")
        : new NoWritableVolumeException(last.getMessage() + "; the master is asked again shortly", last.isPassing());
  }

  /// The same from the leases at hand: null if the master would have to be asked.
  @Nullable
  FileId nextAtHand(NeedleStream stream) {
    Slot[] ofStream = slotsOf(stream);
    return ofStream[(turn.getAndIncrement() & Integer.MAX_VALUE) % ofStream.length].nextAtHand();
  }

  /// A fresh file id for a commit needle without data, of which some volume always takes some more, as long as there is
  /// any space.
  ///
  /// @throws NoWritableVolumeException if disks are full to the last byte
  /// @throws DiskFullException if the master has no room for its log
  public FileId nextWithoutData() throws IOException {
    try {
      return next(NeedleStream.SMALL);
    } catch (NoWritableVolumeException | DiskFullException e) {
      FileId id = reserve.next();
      if (id != null) {
        return id;
      }
      throw e;
    }
  }

  /// Leaves a volume that refused an append. One that has no space, or is full, for a needle with data may still take
  /// others.
  ///
  /// @param claim of the needle that was refused
  public void giveUp(int volume, Reason reason, SpaceClaim claim) {
    boolean forGood = reason != Reason.NO_SPACE && reason != Reason.READ_ONLY;
    boolean forAll = claim == SpaceClaim.RESERVE || reason != Reason.NO_SPACE && reason != Reason.FULL;
    long until = forGood ? Long.MAX_VALUE : System.nanoTime() + REST_NANOS;
    if (reason == Reason.NO_SPACE) {
      withoutRoom.put(volume, until);
    }
    boolean isNews = refuse(SpaceClaim.DATA, volume, until);
    for (Slot[] ofStream : slots.values()) {
      for (Slot slot : ofStream) {
        slot.drop(volume);
      }
    }
    if (forAll) {
      isNews |= refuse(SpaceClaim.RESERVE, volume, until);
      reserve.drop(volume);
    }
    if (isNews) {
      LOG.info("lease.givenUp").with("volume", volume).with("reason", reason).with("claim", claim).say();
      if (forGood) {
        report(volume, reason);
      }
    }
  }

  /// True if it was not known. What is for good stays so.
  private boolean refuse(SpaceClaim claim, int volume, long until) {
    Long known = refusedFor(claim).putIfAbsent(volume, until);
    if (known != null && known != Long.MAX_VALUE) {
      refusedFor(claim).replace(volume, known, until);
    }
    return known == null;
  }

  /// The master learns of a full volume by its own means too, so a failure to tell it is not fatal.
  private void report(int volume, Reason reason) {
    try {
      master.reportUnwritable(volume, reason);
    } catch (IOException e) {
      LOG.warning("volume.reportFailed").with("volume", volume).say(e);
    }
  }

  private Slot[] slotsOf(NeedleStream stream) {
    Slot[] ofStream = slots.get(stream);
    if (ofStream == null) {
      throw new IllegalStateException("no slots for stream " + stream);
    }
    return ofStream;
  }

  private Map<Integer, Long> refusedFor(SpaceClaim claim) {
    return Objects.requireNonNull(refused.get(claim));
  }

  private static Set<Integer> now(Map<Integer, Long> refusing) {
    long now = System.nanoTime();
    refusing.values().removeIf(until -> until != Long.MAX_VALUE && until - now < 0);
    return new HashSet<>(refusing.keySet());
  }

  private Set<Integer> held() {
    var volumes = new HashSet<Integer>();
    for (Slot[] ofStream : slots.values()) {
      for (Slot slot : ofStream) {
        Range range = slot.range;
        if (range != null) {
          volumes.add(range.volume);
        }
      }
    }
    return volumes;
  }

  /// Keys of one lease that are left.
  private static final class Range {
    private final int volume;
    private final long end;
    private final AtomicLong nextKey;

    Range(VolumeLease lease) {
      volume = lease.volume();
      end = lease.firstKey() + lease.keyCount();
      nextKey = new AtomicLong(lease.firstKey());
    }

    /// 0 if it is used up.
    long take() {
      long key = nextKey.getAndIncrement();
      return key < end ? key : 0;
    }
  }

  /// One lease at a time.
  private final class Slot {
    private final NeedleStream stream;
    private final SpaceClaim claim;
    private volatile @Nullable Range range;
    private long restsUntilNanos;
    private boolean rests;
    /// The last one.
    private volatile @Nullable NoWritableVolumeException refusal;

    Slot(NeedleStream stream, SpaceClaim claim) {
      this.stream = stream;
      this.claim = claim;
    }

    @Nullable
    FileId next() throws IOException {
      while (true) {
        Range present = range;
        FileId id = present == null ? null : idOf(present);
        if (id != null) {
          return id;
        }
        if (!renew(present)) {
          return null;
        }
      }
    }

    @Nullable
    FileId nextAtHand() {
      Range present = range;
      return present == null ? null : idOf(present);
    }

    private @Nullable FileId idOf(Range present) {
      long key = present.take();
      return key == 0 ? null : new FileId(present.volume, key, cookies.next());
    }

    /// False if the slot rests.
    private synchronized boolean renew(@Nullable Range seen) throws IOException {
      if (range != seen) {
        return true;
      }
      if (rests && restsUntilNanos - System.nanoTime() > 0) {
        return false;
      }
      rests = false;
      try {
        range = new Range(lease(seen));
        return true;
      } catch (NoWritableVolumeException e) {
        range = null;
        rests = true;
        refusal = e;
        restsUntilNanos = System.nanoTime() + REST_NANOS;
        throw e;
      }
    }

    /// A volume of its own if there is one; else one that another slot writes to.
    private VolumeLease lease(@Nullable Range seen) throws IOException {
      Set<Integer> refusedVolumes = now(refusedFor(claim));
      if (claim == SpaceClaim.RESERVE) {
        return master.lease(request(refusedVolumes));
      }
      Set<Integer> others = held();
      if (seen != null) {
        others.remove(seen.volume);
      }
      others.addAll(refusedVolumes);
      try {
        return master.lease(request(others));
      } catch (NoWritableVolumeException e) {
        if (others.equals(refusedVolumes)) {
          throw e;
        }
        return master.lease(request(refusedVolumes));
      }
    }

    private LeaseRequest request(Set<Integer> except) {
      return new LeaseRequest(stream, config.collection(), config.placement(), config.diskType(), claim,
          except, now(withoutRoom));
    }

    private synchronized void drop(int volume) {
      Range present = range;
      if (present != null && present.volume == volume) {
        range = null;
      }
    }
  }
}
