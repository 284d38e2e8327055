package hayloft.volume.compaction;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// Volumes on which work failed, and when each may be tried again: after a first pause, then after twice as long each
/// time, up to [#LONGEST_PAUSE]. So what cannot succeed costs little, and does not hide behind its repetition.
/// Thread-safe; bounded by the number of volumes.
public final class Setbacks {

  static final Duration LONGEST_PAUSE = Duration.ofDays(1);

  private record Setback(int failures, long dueNanos, String what) {}

  private final long firstPauseNanos;
  private final LongSupplier nanoTime;
  private final Map<Integer, Setback> setbacks = new ConcurrentHashMap<>();

  /// @param nanoTime [System#nanoTime] but in tests
  public Setbacks(Duration firstPause, LongSupplier nanoTime) {
    this.firstPauseNanos = Math.clamp(firstPause.toNanos(), 1, LONGEST_PAUSE.toNanos());
    this.nanoTime = nanoTime;
  }

  /// False while the volume is to be left alone.
  public boolean isDue(int volume) {
    Setback setback = setbacks.get(volume);
    return setback == null || nanoTime.getAsLong() - setback.dueNanos >= 0;
  }

  /// @return whether this is news: the first failure of the volume, or another than the last
  public boolean failed(int volume, String what) {
    Setback before = setbacks.get(volume);
    int failures = before == null ? 1 : before.failures + 1;
    setbacks.put(volume, new Setback(failures, nanoTime.getAsLong() + pauseNanos(failures), what));
    return before == null || !before.what.equals(what);
  }

  private long pauseNanos(int failures) {
    long longest = LONGEST_PAUSE.toNanos();
    return failures > Long.numberOfLeadingZeros(firstPauseNanos) - 1
        ? longest
        : Math.min(longest, firstPauseNanos << (failures - 1));
  }

  public void succeeded(int volume) {
    setbacks.remove(volume);
  }

  /// Forgets volumes that are not there any more.
  public void keepOnly(Collection<Integer> volumes) {
    setbacks.keySet().retainAll(volumes);
  }

  public int failuresOf(int volume) {
    Setback setback = setbacks.get(volume);
    return setback == null ? 0 : setback.failures;
  }

  /// Until the volume may be tried again; zero if it may be now.
  public Duration pauseOf(int volume) {
    Setback setback = setbacks.get(volume);
    return setback == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, setback.dueNanos - nanoTime.getAsLong()));
  }

  /// What was wrong at the last attempt, by volume.
  public Map<Integer, String> reasons() {
    Map<Integer, String> reasons = new TreeMap<>();
    setbacks.forEach((volume, setback) -> reasons.put(volume, setback.what));
    return reasons;
  }

  /// Volumes whose last attempt failed.
  public int count() {
    return setbacks.size();
  }
}
