package hayloft.jmh.volume;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.VolumeSpec;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.store.AppendCounters;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/// Durable appends to one volume by so many writers at once, each of which waits for its needle before the next; and
/// the disk's own fdatasync rate, one write and one sync after the other, in the same run. Then the time to open that
/// volume with its caches deleted.
///
///     java -cp ... hayloft.jmh.volume.GroupCommit DIR [SECONDS]
final class GroupCommit {
  private static final AtomicLong KEYS = new AtomicLong();
  private static final int MAX_SAMPLES = 2_000_000;

  private GroupCommit() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Path folder = Path.of(args[0]);
    double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 2;
    FileDisk disk = new FileDisk(folder);
    for (int size : new int[]{1024, 65_536}) {
      System.out.printf("raw %5d B: %.0f write+fdatasync/s%n", size, rawSyncs(disk, size, seconds));
    }
    VolumeStore store = open(disk);
    store.create(new VolumeSpec(1, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES));
    run(store, 64, 1024, 1); // warm-up
    for (int size : new int[]{1024, 65_536}) {
      for (int writers : new int[]{1, 16, 64, 256}) {
        run(store, writers, size, seconds);
      }
    }
    store.close();
    for (String name : List.of("1.map", "1.idx")) {
      disk.delete(name);
    }
    long start = System.nanoTime();
    try (VolumeStore rebuilt = open(disk)) {
      double took = (System.nanoTime() - start) / 1e9;
      System.out.printf("rebuild from .dat, every byte verified: %.1f s, %.0f needles/s, %.0f MB/s%n", took,
          rebuilt.volumes().getFirst().liveNeedles() / took, rebuilt.volumes().getFirst().sizeBytes() / took / 1e6);
    }
    for (String name : disk.list()) {
      disk.delete(name);
    }
  }

  private static VolumeStore open(FileDisk disk) throws IOException {
    return VolumeStore.open(VolumeStoreConfig.DEFAULTS, List.of(new VolumeStore.Folder(disk, "")),
        new NodeAddress("bench", "localhost:1", "localhost:1", "dc", "rack"), new UUID(1, 2), InstantSource.system(),
        ByteBufAllocator.DEFAULT);
  }

  private static double rawSyncs(FileDisk disk, int size, double seconds) throws IOException {
    int count = 0;
    long start = System.nanoTime();
    try (DiskFile file = disk.open("raw")) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(size);
      while (System.nanoTime() - start < seconds * 1e9) {
        file.write(new ByteBuffer[]{bytes.clear()}, (long) count * size);
        file.force();
        count++;
      }
    }
    double rate = count / ((System.nanoTime() - start) / 1e9);
    disk.delete("raw");
    return rate;
  }

  private static void run(VolumeStore store, int writers, int size, double seconds) throws InterruptedException {
    ByteBuf data = Unpooled.directBuffer(size).writeZero(size);
    AppendCounters counters = store.appendCounters();
    long syncs = counters.syncs();
    long syncNanos = counters.syncNanos();
    long needles = counters.needles();
    List<long[]> latencies = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    for (int i = 0; i < writers; i++) {
      threads.add(Thread.ofVirtual().start(() -> {
        long[] own = new long[MAX_SAMPLES / writers];
        int count = 0;
        for (long now = System.nanoTime(); now < end && count < own.length;) {
          long key = KEYS.incrementAndGet();
          store.append(new NeedleDraft(new FileId(1, key, 7), NeedleKind.COMMIT, CommitSequence.of(1, key),
              Unpooled.EMPTY_BUFFER, data.retainedDuplicate(), Durability.FSYNC)).join();
          long done = System.nanoTime();
          own[count++] = done - now;
          now = done;
        }
        synchronized (latencies) {
          latencies.add(Arrays.copyOf(own, count));
        }
      }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double took = (System.nanoTime() - start) / 1e9;
    long[] sorted = latencies.stream().flatMapToLong(LongStream::of).sorted().toArray();
    data.release();
    System.out.printf(
        "%5d B, %3d writers: %7.0f durable appends/s, %6.1f MB/s, p50 %.2f ms, p99 %.2f ms, %.1f needles a sync of "
            + "%.2f ms%n",
        size, writers, sorted.length / took, (double) sorted.length * size / took / 1e6,
        sorted[sorted.length / 2] / 1e6,
        sorted[(int) (sorted.length * 0.99)] / 1e6,
        (double) (counters.needles() - needles) / (counters.syncs() - syncs),
        (counters.syncNanos() - syncNanos) / 1e6 / (counters.syncs() - syncs));
  }
}
