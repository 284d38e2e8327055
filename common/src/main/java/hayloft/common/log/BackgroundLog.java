package hayloft.common.log;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;

/// Entries on their way to a log. Thread-safe; [#offer] never waits.
///
/// One platform thread writes, and outlives whatever the sink throws. What it cannot keep up with is dropped and
/// counted: beyond a bound of entries that wait or of the heap that they hold, and whatever the sink fails to write.
/// While entries keep coming the thread looks for them by itself some times a second, so that an event loop that offers
/// one need not wake it, unless half of the heap's bound waits; it sleeps for good only after a while without any.
public final class BackgroundLog<E> implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(BackgroundLog.class);
  private static final long LOOK_NANOS = 50_000_000;
  private static final int LOOKS_BEFORE_SLEEP = 20;

  /// Where entries end. Confined to the writing thread.
  public interface Sink<E> extends Closeable {

    void write(E entry) throws IOException;

    /// Everything written so far becomes visible to who reads the log.
    void flush() throws IOException;

    /// Somebody has taken the file away: later entries go to a new one of its name.
    void reopen() throws IOException;
  }

  /// What may wait for the sink. Who sends the requests chooses how long an entry is, so their number alone bounds
  /// nothing.
  ///
  /// @param bytes of the heap, as the entries' weights say
  public record Bounds(int entries, long bytes) {

    private static final int SHARE_OF_HEAP = 32;
    private static final long LEAST_BYTES = 256 << 10;

    public Bounds {
      if (entries < 1 || bytes < 1) {
        throw new IllegalArgumentException("room for " + entries + " entries and " + bytes + " bytes is none");
      }
    }

    /// A small part of the heap, but never less than 256 KiB.
    public static Bounds ofHeap(int entries) {
      return new Bounds(entries, Math.max(LEAST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
    }
  }

  private final String name;
  private final Bounds bounds;
  private final ToLongFunction<E> weight;
  private final Sink<E> sink;
  private final ConcurrentLinkedQueue<E> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final LongAdder written = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final Step flush; // made beforehand: without memory they could not be
  private final Step reopen;
  private final Step close;
  private final Thread writer;
  private volatile boolean asleep;
  private volatile boolean reopenAsked;
  private volatile boolean closing;
  private boolean broken; // writer's own: the last write failed

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  /// Takes the sink.
  ///
  /// @param name for the thread and for messages
  /// @param weight of an entry, in bytes of the heap; always the same for the same entry
  public BackgroundLog(String name, Bounds bounds, ToLongFunction<E> weight, Sink<E> sink) {
    this.name = name;
    this.bounds = bounds;
    this.weight = weight;
    this.sink = sink;
    this.flush = sink::flush;
    this.reopen = sink::reopen;
    this.close = sink::close;
    this.writer = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /// Takes the entry, or drops it.
  public void offer(E entry) {
    long bytes = weight.applyAsLong(entry);
    long held = waitingBytes.addAndGet(bytes);
    if (waiting.incrementAndGet() > bounds.entries() || held > bounds.bytes() || closing) {
      left(bytes);
      dropped.increment();
      return;
    }
    queue.add(entry);
    wake();
    if (held >= bounds.bytes() / 2 && held - bytes < bounds.bytes() / 2) {
      LockSupport.unpark(writer); // before its next look there might be no room left
    }
  }

  private void left(long bytes) {
    waiting.decrementAndGet();
    waitingBytes.addAndGet(-bytes);
  }

  /// Entries that were handed to the sink.
  public long written() {
    return written.sum();
  }

  /// Entries that nobody will read.
  public long dropped() {
    return dropped.sum();
  }

  /// From now on entries go to a new file, if the old one was renamed. Does not wait for it.
  public void reopen() {
    reopenAsked = true;
    wake();
  }

  private void wake() {
    if (asleep) {
      LockSupport.unpark(writer);
    }
  }

  private void run() {
    int looks = 0;
    boolean unflushed = false;
    while (true) {
      boolean last = closing; // before the queue: what was offered before is in it
      E entry = queue.poll();
      if (entry != null) {
        left(weight.applyAsLong(entry));
        write(entry);
        unflushed = true;
        looks = 0;
        continue;
      }
      if (unflushed) {
        attempt(flush);
        unflushed = false;
      }
      if (reopenAsked) {
        reopenAsked = false;
        attempt(reopen);
      }
      if (last) {
        attempt(close);
        return;
      }
      rest(looks++ < LOOKS_BEFORE_SLEEP);
    }
  }

  private void rest(boolean briefly) {
    if (briefly && !closing) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      return;
    }
    asleep = true;
    if (queue.isEmpty() && !reopenAsked && !closing) {
      LockSupport.park(this);
    }
    asleep = false;
  }

  private void write(E entry) {
    try {
      sink.write(entry);
      written.increment();
      broken = false;
    } catch (Throwable e) { // an Error too: without this thread every later entry would be dropped
      dropped.increment();
      tell(e);
    }
  }

  private void attempt(Step step) {
    try {
      step.run();
    } catch (Throwable e) {
      tell(e);
    }
  }

  /// The first of several failures in a row.
  private void tell(Throwable e) {
    try {
      if (!broken) {
        broken = true;
        LOG.warning("log.failing").with("name", name).with("action", "entries-are-dropped").say(e);
      }
    } catch (Throwable unsayable) {
      e.addSuppressed(unsayable); // there may be no memory for a line; the count of dropped entries tells it
    }
  }

  /// Writes what was offered before and closes the sink. Waits for it.
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(writer);
    boolean interrupted = false;
    while (writer.isAlive()) {
      try {
        writer.join();
      } catch (InterruptedException _) { // what was offered is written all the same
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
