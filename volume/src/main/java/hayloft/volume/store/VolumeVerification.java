package hayloft.volume.store;

import hayloft.common.volume.VolumePosition;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.Superblock;
import hayloft.volume.scrub.Verifiable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Reads one generation of a volume from end to end and verifies it. Confined to one thread; the caller holds a lease.
///
/// Only live needles count: what is marked dead may be damaged as it likes. Where bytes are no needle at all, the index tells which
/// needles should be there. Where the disk gives an error instead of bytes, the first live needle behind the last good one is taken
/// for what cannot be read, and reading goes on behind it.
final class VolumeVerification {

  private static final long STEP_BYTES = 64L << 20;

  private final int volume;
  private final String name;
  private final Generation generation;
  private final BooleanSupplier isPresent;
  private long doneBytes;

  /// @param isPresent false once a compaction has switched to another generation
  VolumeVerification(int volume, String name, Generation generation, BooleanSupplier isPresent) {
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

  /// What the one who reads has thrown, so that it is not taken for a disk's fault.
  private static final class StoppedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient IOException why;

    StoppedException(IOException why) {
      super(why);
      this.why = why;
    }
  }

  VolumePosition run(VolumePosition from, Verifiable.Reader reader) throws IOException {
    long end = generation.endBytes();
    doneBytes = from.generation() == generation.number()
        ? Math.max(from.offsetBytes(), Superblock.BYTES)
        : Superblock.BYTES;
    try {
      while (doneBytes < end) {
        try {
          scan(end, reader);
          doneBytes = end;
        } catch (SupersededException | StoppedException e) {
          throw e;
        } catch (IOException e) {
          stepOver(end, e, reader);
        }
      }
    } catch (SupersededException _) {
      return VolumePosition.start(volume);
    } catch (StoppedException e) {
      throw e.why;
    }
    return new VolumePosition(volume, generation.number(), end);
  }

  private void scan(long end, Verifiable.Reader reader) throws IOException {
    new NeedleScanner(generation.file(), name, generation.superblock(), end, NeedleScanner.Depth.DATA).scan(doneBytes,
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            moved(offset + head.recordBytes(), reader);
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            if (damaged == null) {
              for (NeedleMap.Placed lost : generation.map().within(offset, offset + lengthBytes)) {
                tell(lost, what, reader);
              }
            } else {
              long place = NeedlePlace.of(offset, damaged.recordBytes());
              if (generation.map().find(damaged.key()).orElse(0) == place) {
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
    try {
      reader.read(new VolumePosition(volume, generation.number(), to), more);
    } catch (IOException e) {
      throw new StoppedException(e);
    }
  }

  private static void tell(NeedleMap.Placed needle, String what, Verifiable.Reader reader) throws StoppedException {
    try {
      reader.damaged(needle.key(), NeedlePlace.offsetBytes(needle.place()), NeedlePlace.recordBytes(needle.place()),
          what);
    } catch (IOException e) {
      throw new StoppedException(e);
    }
  }

  /// The disk does not give what lies behind the last needle that was read.
  private void stepOver(long end, IOException fault, Verifiable.Reader reader) throws IOException {
    for (long at = doneBytes; at < end; at += STEP_BYTES) {
      List<NeedleMap.Placed> behind = generation.map().within(at, at + STEP_BYTES);
      if (!behind.isEmpty()) {
        tell(behind.getFirst(), "cannot be read: " + fault.getMessage(), reader);
        moved(Math.min(end, NeedlePlace.endBytes(behind.getFirst().place())), reader);
        return;
      }
    }
    moved(end, reader);
  }
}
