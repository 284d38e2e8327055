package hayloft.volume.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/// Asks the kernel once more after a FileChannel's write failed, since only a call of one's own tells why. Confined to
/// the file's writer.
///
/// It writes the next piece of just what could not be written. If there is no room the answer says so
/// ([NoSpaceException]), and no free-space figure is asked, which knows nothing of quotas and is another moment's. If
/// it is written after all, somebody made room in between, and the writer goes on where he stood: whether written pages
/// reach the disk is for the sync to say, as always. For anything else the first fault stands.
final class RepeatedWrites implements Closeable {
  /// Little, for this is where memory may be short too; the writer comes back for the rest.
  private static final int PIECE_BYTES = 64 << 10;
  private static final int NOT_OPEN = -1;

  private final Optional<Path> path;
  private final Supplier<Path> name;
  private int descriptor = NOT_OPEN;

  /// @param path of the file, which holds even if the file gets another name; empty where there is none
  /// @param name of the file by now, for messages
  RepeatedWrites(Optional<Path> path, Supplier<Path> name) {
    this.path = path;
    this.name = name;
  }

  /// Writes a part of a buffer, whose position it moves.
  ///
  /// @param refused what the first attempt failed with
  /// @return how much, at least 1
  /// @throws NoSpaceException if there is no room
  /// @throws IOException the first fault, if that was not why
  int write(ByteBuffer from, long atBytes, IOException refused) throws IOException {
    if (refused instanceof ClosedChannelException || path.isEmpty() || !SystemCalls.areKnown()) {
      throw refused;
    }
    try {
      if (descriptor == NOT_OPEN) {
        descriptor = SystemCalls.open(path.get(), SystemCalls.O_WRONLY);
      }
      return SystemCalls.write(descriptor, from, PIECE_BYTES, atBytes, name);
    } catch (NoSpaceException full) {
      throw new NoSpaceException(String.valueOf(full.getMessage()), refused);
    } catch (IOException again) {
      refused.addSuppressed(again);
      throw refused;
    }
  }

  @Override
  public void close() {
    if (descriptor != NOT_OPEN) {
      SystemCalls.close(descriptor);
      descriptor = NOT_OPEN;
    }
  }
}
