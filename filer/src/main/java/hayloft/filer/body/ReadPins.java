package hayloft.filer.body;

import java.lang.ref.Cleaner;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// Versions whose chunks are being read right now: the collector leaves them alone. Thread-safe.
///
/// A reader that is dropped before its end, because its client went away, is unpinned when the JVM finds it
/// unreachable.
public final class ReadPins {

  private static final Cleaner CLEANER = Cleaner.create();

  private final Map<Long, Integer> readers = new ConcurrentHashMap<>();

  /// One reader's hold on a version.
  interface Pin {

    Pin NONE = new Pin() {
      @Override
      public void releaseWith(Object reader) {}

      @Override
      public void release() {}
    };

    /// Lets go when that object is unreachable, if [#release] was not called before.
    void releaseWith(Object reader);

    /// Lets go. Twice is as good as once.
    void release();
  }

  /// @param version by its sequence, which is unique in the store
  Pin pin(long version) {
    readers.merge(version, 1, Integer::sum);
    return new Held(readers, version);
  }

  public boolean isPinned(long version) {
    return readers.containsKey(version);
  }

  public int count() {
    return readers.size();
  }

  private static final class Held implements Pin, Runnable {
    private final Map<Long, Integer> readers;
    private final long version;
    private final AtomicBoolean released = new AtomicBoolean();

    Held(Map<Long, Integer> readers, long version) {
      this.readers = readers;
      this.version = version;
    }

    @Override
    public void releaseWith(Object reader) {
      CLEANER.register(reader, this);
    }

    @Override
    public void release() {
      run();
    }

    @Override
    public void run() {
      if (released.compareAndSet(false, true)) {
        readers.computeIfPresent(version, (_, count) -> count == 1 ? null : count - 1);
      }
    }
  }
}
