package hayloft.volume.store;

import hayloft.common.volume.SubjectHash;
import hayloft.volume.disk.Toll;
import hayloft.volume.index.IndexLog;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// All needles of a generation, in order, without the map: by the index log, which costs 40 bytes of reading a needle,
/// and by the volume file where no entry of the log covers it. Confined to one thread; the caller holds a lease, or the
/// volume's index lock.
final class NeedleWalk {
  private final VolumeFiles files;
  private final Generation generation;
  private final Toll toll;

  NeedleWalk(VolumeFiles files, Generation generation) {
    this(files, generation, Toll.NONE);
  }

  /// @param toll paid before each piece of the volume file is read
  NeedleWalk(VolumeFiles files, Generation generation, Toll toll) {
    this.files = files;
    this.generation = generation;
    this.toll = toll;
  }

  /// Is shown needles, dead ones and older ones of the same key included.
  interface Visitor {
    void needle(IndexLog.Entry entry) throws IOException;

    /// Bytes that are no needle and that the log knows nothing of.
    default void damage(long offset, long lengthBytes, String what) throws IOException {}
  }

  /// @param toBytes what lies beyond the end of the file is shown too, if the log knows of it
  void entries(long fromBytes, long toBytes, Visitor visitor) throws IOException {
    long[] coveredBytes = {fromBytes};
    IndexLog.visit(files.disk(), files.log(), generation.superblock(), fromBytes, toBytes, entry -> {
      if (entry.offsetBytes() >= coveredBytes[0] && entry.endBytes() <= toBytes) {
        scan(coveredBytes[0], Math.min(entry.offsetBytes(), generation.endBytes()), visitor);
        visitor.needle(entry);
        coveredBytes[0] = entry.endBytes();
      }
    });
    scan(coveredBytes[0], Math.min(toBytes, generation.endBytes()), visitor);
  }

  private void scan(long fromBytes, long toBytes, Visitor visitor) throws IOException {
    if (fromBytes >= toBytes) {
      return;
    }
    new NeedleScanner(generation.file(), files.dataPath(), generation.superblock(), toBytes, NeedleScanner.Depth.METAS,
        toll).scan(fromBytes, new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            visitor.needle(TailScan.entry(head, offset, NeedleScanner.subjectHash(head, meta)));
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            if (damaged == null) {
              visitor.damage(offset, lengthBytes, what);
            } else {
              visitor.needle(TailScan.entry(damaged, offset, SubjectHash.NONE));
            }
          }
        });
  }
}
