package hayloft.volume.store;

import hayloft.common.volume.VolumePosition;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.scrub.Verifiable;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Reads one generation of a volume from end to end and verifies it. Confined to one thread; the caller holds a lease.
///
/// A good needle that the index lacks is put back into it. Only live needles count: what is marked dead may be damaged
/// as it likes. Where bytes are no needle at all, the index tells which needles should be there, and each of them is
/// read by itself: a scan that looks for the next head may pass over good ones. What the disk does not give is damage
/// like any other.
final class VolumeVerification {

  private final int volume;
  private final String name;
  private final Generation generation;
  private final VolumeIndex index;
  private final Comparison comparison;
  private final BooleanSupplier isPresent;
  private long doneBytes;

  /// Is shown every good needle, to compare it with the index.
  @FunctionalInterface
  interface Comparison {
    void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException;
  }

  /// @param isPresent false once a compaction has switched to another generation
  VolumeVerification(int volume, String name, Generation generation, VolumeIndex index, Comparison comparison,
      BooleanSupplier isPresent) {
    this.index = index;
    this.comparison = comparison;
    this.volume = volume;
    this.name = name;
    this.generation = generation;
    this.isPresent = isPresent;
  }

  /// A compaction has made the rest of the work useless.
  private static final class SupersededException extends IOException {
    private static final long serialVersionUID = 1L;

    SupersededException() {
      super("compacted meanwhile");
    }
  }

  VolumePosition run(VolumePosition from, Verifiable.Reader reader) throws IOException {
    long end = generation.endBytes();
    long first = generation.superblock().firstNeedle();
    doneBytes = from.generation() == generation.number() ? Math.max(from.offsetBytes(), first) : first;
    try {
      scan(end, reader);
    } catch (SupersededException _) {
      return VolumePosition.start(volume);
    }
    return new VolumePosition(volume, generation.number(), end);
  }

  private void scan(long end, Verifiable.Reader reader) throws IOException {
    new NeedleScanner(generation.file(), name, generation.superblock(), end, NeedleScanner.Depth.DATA,
        _ -> reader.beforePiece()).scan(doneBytes, new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            comparison.needle(head, offset, meta);
            moved(offset + head.recordBytes(), reader);
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            if (damaged == null) {
              for (NeedleMap.Placed lost : index.ask(generation, map -> map.within(offset, offset + lengthBytes))) {
                reader.beforePiece();
                if (!isGood(lost)) {
                  tell(lost, what, reader);
                }
              }
            } else {
              long place = NeedlePlace.of(offset, damaged.recordBytes());
              if (index.ask(generation, map -> map.find(damaged.key())).orElse(0) == place) {
                tell(new NeedleMap.Placed(damaged.key(), place), what, reader);
              }
            }
            moved(offset + lengthBytes, reader);
          }
        });
  }

  private void moved(long to, Verifiable.Reader reader) throws IOException {
    if (!isPresent.getAsBoolean()) {
      throw new SupersededException();
    }
    long more = to - doneBytes;
    doneBytes = to;
    reader.read(new VolumePosition(volume, generation.number(), to), more);
  }

  private boolean isGood(NeedleMap.Placed needle) throws IOException {
    NeedleReader reader = generation.reader();
    long offset = NeedlePlace.offsetBytes(needle.place());
    int bytes = NeedlePlace.recordBytes(needle.place());
    try {
      NeedleReader.Front front = reader.readFront(needle.key(), offset, bytes);
      front.meta().release();
      reader.read(front.head().id(), offset, bytes, 0, front.head().dataBytes()).ifPresent(ByteBuf::release);
      return true;
    } catch (ClosedChannelException e) {
      throw e; // of the file, not of the disk
    } catch (IOException _) {
      return false; // what is wrong with it the scan has said
    }
  }

  private static void tell(NeedleMap.Placed needle, String what, Verifiable.Reader reader) throws IOException {
    reader.damaged(needle.key(), NeedlePlace.offsetBytes(needle.place()), NeedlePlace.recordBytes(needle.place()),
        what);
  }
}
