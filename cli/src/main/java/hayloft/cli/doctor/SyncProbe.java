package hayloft.cli.doctor;

import hayloft.cli.files.Scratch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;

/// How long a small write takes until it is on the disk: what every durable PUT waits for. Stateless.
final class SyncProbe {

  /// No disk with a cache that it has to flush is that fast; a good one that survives a power cut by itself may be.
  static final double SUSPICIOUS_MICROS = 20;
  static final double SLOW_MICROS = 20_000;
  private static final int WRITES = 60;
  private static final int WRITE_BYTES = 4096;
  private static final long MOST_NANOS = 3_000_000_000L;

  private SyncProbe() {}

  /// Writes and syncs a small file in the directory, and removes it. Some tens of syncs, three seconds at most.
  static Finding probe(String about, Path directory) throws IOException {
    try (Scratch file = Scratch.file(directory, ".doctor-", ".tmp")) {
      return judge(about, measure(file.path()));
    }
  }

  private static double[] measure(Path file) throws IOException {
    double[] micros = new double[WRITES];
    int count = 0;
    long start = System.nanoTime();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(WRITE_BYTES);
      while (count < WRITES && System.nanoTime() - start < MOST_NANOS) {
        channel.write(bytes.clear(), (long) count * WRITE_BYTES);
        long before = System.nanoTime();
        channel.force(false);
        micros[count++] = (System.nanoTime() - before) / 1e3;
      }
    }
    return Arrays.copyOf(micros, count);
  }

  /// @param micros of each sync; at least one
  static Finding judge(String about, double[] micros) {
    double[] sorted = micros.clone();
    Arrays.sort(sorted);
    double median = sorted[sorted.length / 2];
    double slowest = sorted[sorted.length - 1];
    String found = String.format(Locale.ROOT, "fdatasync of 4 KiB: median %.0f us, slowest of %d %.0f us", median,
        sorted.length, slowest);
    if (median < SUSPICIOUS_MICROS) {
      return Finding.warning(about, found,
          "That is faster than a disk is: the sync may end in a cache that a power cut empties (a host's cache, a "
              + "controller without a battery, a file system in memory).",
          "in a VM use cache=none or directsync for the disk; otherwise know that \"fsync\" promises no more than the "
              + "layer below");
    }
    if (median > SLOW_MICROS) {
      return Finding.warning(about, found, "Every durable write waits that long.",
          "use a disk with power-loss protection, or a ZFS log device; or --durability os, if a power cut may cost the "
              + "last seconds");
    }
    return Finding.good(about, found);
  }
}
