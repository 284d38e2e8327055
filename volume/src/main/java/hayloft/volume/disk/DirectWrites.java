package hayloft.volume.disk;

import com.sun.nio.file.ExtendedOpenOption;
import hayloft.common.log.EventLog;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Writes to one file that pass the page cache by (`O_DIRECT`, open(2)): whole blocks at their boundaries. Confined to
/// the file's writer.
///
/// For many bytes that are synced at once. Putting them into pages that the cache has yet to get cost 2.4 ms of CPU a
/// MiB on a virtual machine that gives idle memory back to its host, the most expensive part of a large PUT; this way
/// it is one copy into a buffer that is used again and again, and 0.08 ms.
final class DirectWrites implements Closeable {

  private static final EventLog LOG = EventLog.of(DirectWrites.class);

  /// Of blocks and buffers: what every file system with `O_DIRECT` can do with; some could do with less.
  static final int BLOCK_BYTES = 4096;
  private static final int STAGE_BYTES = 1 << 20;
  private static final int MOST_IDLE_STAGES = 4;
  private static final ConcurrentLinkedQueue<ByteBuffer> IDLE_STAGES = new ConcurrentLinkedQueue<>();

  private final FileChannel channel;

  private DirectWrites(FileChannel channel) {
    this.channel = channel;
  }

  /// Empty where the file system has no such writes.
  ///
  /// @param path of a file that exists
  static Optional<DirectWrites> open(Path path) {
    try {
      if (BLOCK_BYTES % Files.getFileStore(path).getBlockSize() != 0) {
        return Optional.empty();
      }
      return Optional.of(new DirectWrites(
          FileChannel.open(path, StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT)));
    } catch (IOException | UnsupportedOperationException e) {
      LOG.debug("disk.noDirectWrites").with("file", path).say(e); // tmpfs, for one
      return Optional.empty();
    }
  }

  /// Takes bytes from the buffers and writes them.
  ///
  /// @param again asks once more when a write fails
  /// @param atBytes a block's boundary
  /// @param bytes whole blocks, no more than the buffers have
  void write(Gathered from, long atBytes, long bytes, RepeatedWrites again) throws IOException {
    assert atBytes % BLOCK_BYTES == 0 && bytes % BLOCK_BYTES == 0 : bytes + " bytes at " + atBytes + " are no blocks";
    assert bytes <= from.remainingBytes() : bytes + " bytes wanted of " + from.remainingBytes();
    ByteBuffer idle = IDLE_STAGES.poll();
    ByteBuffer stage = idle == null
        ? ByteBuffer.allocateDirect(STAGE_BYTES + BLOCK_BYTES).alignedSlice(BLOCK_BYTES)
        : idle;
    assert MemorySegment.ofBuffer(stage.clear()).address() % BLOCK_BYTES == 0 : "a stage at no block's boundary";
    try {
      for (long done = 0; done < bytes;) {
        stage.clear().limit((int) Math.min(STAGE_BYTES, bytes - done));
        from.takeInto(stage);
        stage.flip();
        while (stage.hasRemaining()) {
          done += write(stage, atBytes + done, again);
        }
      }
    } finally {
      if (IDLE_STAGES.size() < MOST_IDLE_STAGES) {
        IDLE_STAGES.add(stage);
      }
    }
  }

  private int write(ByteBuffer stage, long atBytes, RepeatedWrites again) throws IOException {
    try {
      return channel.write(stage, atBytes);
    } catch (IOException e) {
      return again.write(stage, atBytes, e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
