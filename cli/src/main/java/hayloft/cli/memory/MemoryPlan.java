package hayloft.cli.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/// Who gets which part of the server's memory; the only place that knows the arithmetic. Immutable. All sizes in bytes.
///
/// What cannot be bounded (the JVM's own, native allocations) comes first, with what it was seen to take and some more.
/// Of what is left heap, buffers and the catalog's key store get shares that bound them; the last share stays with the
/// kernel, for pages of files.
///
///     |  96 MiB fixed       |  10/32    |   12/32     |   5/32    |   5/32         |  of the rest
///     |  JVM    | native    |   heap    |   buffers   | key store |  file pages    |
///
/// Heap and buffers grow with requests at a time, not with what is stored, so beyond 1 GiB each they get no more; the
/// pages do.
///
/// @param source where the total is from, for people
/// @param initialHeapBytes what the heap begins with: a start in a tiny heap would collect all the time
/// @param keyStoreBytes RocksDB's block cache, and write buffers charged to it
public record MemoryPlan(long totalBytes, String source, long heapBytes, long initialHeapBytes, long bufferBytes,
    long keyStoreBytes, long jvmBytes, long nativeBytes, long pageBytes) {

  /// What cannot be bounded, and parts of the rest in which each room can still do its work.
  public static final long LEAST_BYTES = 256L << 20;

  private static final long MIB = 1 << 20;
  private static final long MOST_BY_ITSELF_BYTES = 1L << 30;
  private static final long JVM_BYTES = 68 * MIB;
  private static final long NATIVE_BYTES = 28 * MIB;
  private static final long MOST_HEAP_BYTES = 1L << 30;
  private static final long MOST_BUFFER_BYTES = 1L << 30;
  private static final long SMALL_BUFFER_BYTES = 128 * MIB;
  private static final long MOST_KEY_STORE_BYTES = 4L << 30;
  private static final long MOST_INITIAL_HEAP_BYTES = 128 * MIB;
  private static final int INDEX_BYTES_PER_NEEDLE = 24;

  /// One row of the table.
  ///
  /// @param name what is bounded
  /// @param use what lies there
  /// @param atTheBound what happens when it is full
  record Part(String name, long bytes, String use, String atTheBound) {}

  /// @param told what the configuration asks for; empty for what suits: a container's whole limit, or else half of the
  ///   machine's memory, at most 1 GiB
  /// @throws IllegalArgumentException if that is more than there is or less than a server needs; the message says both
  public static MemoryPlan of(OptionalLong told, AvailableMemory available) {
    if (told.isPresent()) {
      long bytes = told.getAsLong();
      if (bytes < LEAST_BYTES || bytes > available.bytes()) {
        throw new IllegalArgumentException("--memory must be at least " + text(LEAST_BYTES)
            + " and no more than there is (" + there(available) + "), got " + text(bytes));
      }
      return divide(bytes, "as configured");
    }
    if (available.bytes() < LEAST_BYTES) {
      throw new IllegalArgumentException("there is too little memory: " + there(available) + "; the server needs "
          + text(LEAST_BYTES) + " at least");
    }
    return available.limit().isPresent()
        ? divide(available.bytes(), "the limit in ".concat(available.limit().get().toString()))
        : divide(Math.clamp(available.bytes() / 2, LEAST_BYTES, MOST_BY_ITSELF_BYTES),
            "half of this machine's memory, at most 1 GiB");
  }

  private static String there(AvailableMemory available) {
    return text(available.bytes())
        + available.limit().map(file -> ", the limit in " + file).orElse(", all of this machine's");
  }

  private static MemoryPlan divide(long total, String source) {
    long share = (total - JVM_BYTES - NATIVE_BYTES) / 32;
    long heap = toMib(Math.min(MOST_HEAP_BYTES, 10 * share));
    long buffers = toMib(Math.min(MOST_BUFFER_BYTES, 12 * share));
    long keyStore = toMib(Math.min(MOST_KEY_STORE_BYTES, 5 * share));
    long pages = total - JVM_BYTES - NATIVE_BYTES - heap - buffers - keyStore;
    return new MemoryPlan(total, source, heap, Math.min(heap, MOST_INITIAL_HEAP_BYTES), buffers, keyStore, JVM_BYTES,
        NATIVE_BYTES, pages);
  }

  private static long toMib(long bytes) {
    return bytes / MIB * MIB;
  }

  /// What all uploads together may gather in chunks; below the buffers, because what goes out needs some too.
  public long bodyBytes() {
    return bufferBytes / 5 * 2;
  }

  /// What may lie between sockets and threads, over all connections of a port. Buffers are not full of what is counted,
  /// and their pool not of buffers: 30 MiB that were counted had taken 60.
  public long connectionBytes() {
    return bufferBytes / 2;
  }

  /// The same for ports over which no bodies of objects go.
  public long smallPortBytes() {
    return bufferBytes / 8;
  }

  /// What may lie between sockets and threads on the volume port, whose uploads have a room of their own besides
  /// ([#blobUploadBytes]): what both can take together leaves room for the others.
  public long volumePortBytes() {
    return bufferBytes / 4;
  }

  /// What uploads on the volume port may gather; they lie in memory whole.
  public long blobUploadBytes() {
    return Math.min(512 * MIB, bufferBytes / 20 * 9);
  }

  /// The part of [#keyStoreBytes] for rows that are not in a file yet.
  public long writeBufferBytes() {
    return Math.min(64 * MIB, keyStoreBytes / 4);
  }

  List<Part> parts() {
    return List.of(
        new Part("heap", heapBytes,
            "connections (2 KiB each, 24 KiB with TLS) and requests that wait may have 3/8 of it, documents that "
                + "requests bring as much; the rest is for pages of listings and everything else",
            "idle connections are closed, strangers' first; documents wait for each other up to 5 s, then 503 "
                + "SlowDown; if all the same all of it is used up the process ends with an error"),
        new Part("buffers", bufferBytes,
            "bodies and answers between sockets, disks and digests (direct memory); uploads gather at most "
                + text(bodyBytes()) + " of it",
            "from 45 % on smaller pieces and chunks; from 60 % 503 SlowDown for uploads beyond 64 KiB; from 75 % for "
                + "all that takes buffers"),
        new Part("key store", keyStoreBytes,
            "RocksDB's blocks, indexes and filters, with write buffers of " + text(writeBufferBytes()),
            "blocks that were not used lately are read from files again; write buffers are flushed"),
        new Part("JVM", jvmBytes, "compiled code, classes, threads' stacks; estimated, not bounded",
            "it is at the expense of the file pages"),
        new Part("native", nativeBytes,
            "two malloc arenas, RocksDB's table readers and compactions; estimated, not bounded",
            "it is at the expense of the file pages"),
        new Part("file pages", pageBytes,
            "program, data on its way, and needle indexes at " + INDEX_BYTES_PER_NEEDLE
                + " B a needle: all of this would hold those of "
                + String.format(Locale.ROOT, "%.1f", pageBytes / INDEX_BYTES_PER_NEEDLE / 1e6) + " million needles",
            "the kernel takes pages back: a needle's place is read from the disk, one page, before the needle is"));
  }

  /// Options of the JVM that bound what it can bound by itself.
  public List<String> jvmOptions() {
    List<String> options = new ArrayList<>(List.of("-Xms".concat(Long.toString(initialHeapBytes)),
        "-Xmx".concat(Long.toString(heapBytes)), "-XX:MaxDirectMemorySize=".concat(Long.toString(bufferBytes))));
    if (bufferBytes < SMALL_BUFFER_BYTES) {
      options.add("-Dio.netty.allocator.maxOrder=7"); // chunks of 1 MiB, not 4: of few large ones much lies idle
    }
    return options;
  }

  static String text(long bytes) {
    return bytes % MIB == 0 || bytes >= 100 * MIB ? bytes / MIB + " MiB" : bytes + " B";
  }
}
