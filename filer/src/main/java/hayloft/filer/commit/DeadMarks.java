package hayloft.filer.commit;

import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeMarks;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.DeadKeys;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Marks needles dead, the one way to do it: a needle of the catalog says it, durably, then its row in D is there, then
/// the volume is told. Thread-safe; waits.
///
/// Marks of one volume are committed and told one after the other, so that a volume that says "complete up to S" has
/// heard of every mark up to S. If one could not be told, whoever marks next tells it first, from table D; the next
/// start does so at the latest.
public final class DeadMarks {

  /// How many keys one needle names at most, which keeps it well below the bound of a needle's meta.
  public static final int MOST_KEYS = 100_000;

  private final VolumeClient volumes;
  private final Committer committer;
  private final KeyStore store;
  private final InstantSource clock;
  private final Map<Integer, OneVolume> perVolume = new ConcurrentHashMap<>();

  private static final class OneVolume {
    final ReentrantLock lock = new ReentrantLock();
    boolean untold; // guarded by lock
  }

  public DeadMarks(VolumeClient volumes, Committer committer, KeyStore store, InstantSource clock) {
    this.volumes = volumes;
    this.committer = committer;
    this.store = store;
    this.clock = clock;
  }

  /// On return the marks survive anything and the volume knows them. What fails on the way is either marked or not, and
  /// may be marked again. Rows are the caller's business, but for those in C and H, which go with the mark.
  public void mark(int volume, Collection<Long> keys) throws IOException {
    List<Long> sorted = DeadKeys.sorted(keys);
    for (int from = 0; from < sorted.size(); from += MOST_KEYS) {
      markOnce(volume, sorted.subList(from, Math.min(sorted.size(), from + MOST_KEYS)));
    }
  }

  /// The same for several volumes, one after the other.
  public void mark(Map<Integer, List<Long>> keysByVolume) throws IOException {
    for (Map.Entry<Integer, List<Long>> entry : keysByVolume.entrySet()) {
      mark(entry.getKey(), entry.getValue());
    }
  }

  private void markOnce(int volume, List<Long> keys) throws IOException {
    OneVolume one = perVolume.computeIfAbsent(volume, _ -> new OneVolume());
    one.lock.lock();
    try {
      if (one.untold) {
        tellBehind(volumes, store, volume);
        one.untold = false;
      }
      one.untold = true; // until it is told, whatever is thrown meanwhile
      byte[] meta = MutationCodec.encode(new Mutation.MarkDead(volume, clock.instant(), keys), false, "");
      Committer.Committed book = committer.book(meta);
      volumes.markDead(volume, book.sequence(), keys);
      one.untold = false;
    } finally {
      one.lock.unlock();
    }
  }

  /// Tells a volume every mark of table D that it does not know yet, in order. Nobody marks anything in it meanwhile.
  ///
  /// @return how many marks were told
  public static int tellBehind(VolumeClient volumes, KeyStore store, int volume) throws IOException {
    long complete = volumes.marks().stream().filter(marks -> marks.volume() == volume)
        .mapToLong(VolumeMarks::completeSequence).findFirst().orElse(Long.MAX_VALUE);
    if (complete == Long.MAX_VALUE) {
      return 0; // it is not there
    }
    byte[] all = RowKeys.deadMarks(volume);
    int told = 0;
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean found = rows.seek(RowKeys.deadMark(volume, complete + 1)); found; found = rows.next()) {
        volumes.markDead(volume, RowKeys.lastLong(rows.key()), DeadKeys.ofBody(RowValue.body(rows.value())));
        told++;
      }
    }
    return told;
  }
}
