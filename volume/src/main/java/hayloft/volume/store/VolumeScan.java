package hayloft.volume.store;

import hayloft.common.directory.NamedFault;
import hayloft.common.log.EventLog;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleNotUnderstoodException;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.Presence;
import hayloft.common.volume.SubjectHash;
import hayloft.common.volume.VolumePosition;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Shows one generation of a volume to the catalog: what lives, what is marked dead, what is damaged. Confined to one
/// thread; the caller holds a lease.
///
/// The file says what a needle is, the map whether it is dead. What the file does not say any more the index log does:
/// key, sequence, kind and subject of a damaged needle. A good needle that the map lacks is put back.
final class VolumeScan {
  private static final EventLog LOG = EventLog.of(VolumeScan.class);

  private final Volume volume;
  private final Generation generation;
  private final MarkedKeys marked;

  VolumeScan(Volume volume, Generation generation) {
    this.volume = volume;
    this.generation = generation;
    this.marked = new MarkedKeys(volume.index());
  }

  /// What a needle is to the catalog.
  private enum Standing {
    LIVE,
    DEAD,
    /// Its key has a newer needle in this volume.
    REPLACED
  }

  private long start(VolumePosition from) {
    long first = generation.superblock().firstNeedle();
    return from.generation() == generation.number() ? Math.max(from.offsetBytes(), first) : first;
  }

  private VolumePosition at(long offset) {
    return new VolumePosition(volume.id(), generation.number(), offset);
  }

  /// @see hayloft.common.volume.VolumeClient#scan
  VolumePosition all(VolumePosition from, NeedleVisitor visitor) throws IOException {
    long end = generation.endBytes();
    new NeedleScanner(generation.file(), volume.files().dataPath(), generation.superblock(), end,
        NeedleScanner.Depth.METAS).scan(start(from), new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            if (head.kind() != NeedleKind.BLOB) {
              tell(head, offset, meta, visitor);
            }
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            tellDamage(offset, lengthBytes, damaged, what, visitor);
          }
        });
    if (volume.frozen().isPresent()) {
      String what = volume.files().dataPath() + " ends at " + end + ", before this needle: " + volume.frozen().get();
      visitLog(end, Long.MAX_VALUE, entry -> tellDamaged(entry, what, visitor));
    }
    return at(end);
  }

  private void visitLog(long fromBytes, long toBytes, IndexLog.Visitor visitor) throws IOException {
    IndexLog.visit(volume.files().disk(), volume.files().log(), generation.superblock(), fromBytes, toBytes, visitor);
  }

  private void tell(NeedleHead head, long offset, ByteBuffer meta, NeedleVisitor visitor) throws IOException {
    IndexLog.Entry entry = TailScan.entry(head, offset, SubjectHash.NONE);
    switch (standing(entry, () -> NeedleScanner.subjectHash(head, meta))) {
      case LIVE -> {
        try {
          visitor.needle(head.id(), head.kind(), head.sequence(), Unpooled.wrappedBuffer(meta.duplicate()),
              head.dataBytes());
        } catch (NeedleNotUnderstoodException e) {
          tellDamaged(TailScan.entry(head, offset, NeedleScanner.subjectHash(head, meta)), notUnderstood(offset, e),
              visitor);
        }
      }
      case DEAD -> {
        try {
          visitor.dead(head.id(), head.kind(), head.sequence(), Unpooled.wrappedBuffer(meta.duplicate()));
        } catch (NeedleNotUnderstoodException e) {
          LOG.debug("needle.deadNotUnderstood").with("what", notUnderstood(offset, e)).say();
        }
      }
      case REPLACED -> {
      }
    }
  }

  private String notUnderstood(long offset, NeedleNotUnderstoodException why) {
    return volume.files().dataPath() + " at " + offset + ": its sums are right, and it makes no sense: "
        + why.getMessage();
  }

  /// Puts a good needle back into the map that lacks it.
  void compare(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
    standing(TailScan.entry(head, offset, SubjectHash.NONE), () -> NeedleScanner.subjectHash(head, meta));
  }

  @FunctionalInterface
  private interface Hash {
    long get();
  }

  private Standing standing(IndexLog.Entry entry, Hash subject) throws IOException {
    long present = volume.index().ask(generation, map -> map.find(entry.key())).orElse(0);
    if (present == entry.place()) {
      return Standing.LIVE;
    }
    if (NeedlePlace.offsetBytes(present) > entry.offsetBytes()) {
      return Standing.REPLACED;
    }
    if (present == 0 && (volume.index().ask(generation, map -> map.presence(entry.key())) == Presence.DEAD
        || marked.contains(entry.key()))) {
      return Standing.DEAD;
    }
    volume.index().heal(generation, new IndexLog.Entry(entry.key(), entry.place(), entry.sequence(), subject.get(),
        entry.kind()), "a scan found it");
    return Standing.LIVE;
  }

  private void tellDamage(long offset, long lengthBytes, @Nullable NeedleHead head, String what, NeedleVisitor visitor)
      throws IOException {
    List<IndexLog.Entry> known = new ArrayList<>();
    visitLog(offset, offset + lengthBytes, known::add);
    if (head != null) {
      long place = NeedlePlace.of(offset, head.recordBytes());
      long hash = known.stream().filter(entry -> entry.key() == head.key() && entry.place() == place).findFirst()
          .map(IndexLog.Entry::subjectHash).orElse(SubjectHash.NONE);
      tellDamaged(TailScan.entry(head, offset, hash), what, visitor);
      return;
    }
    SortedMap<Long, Needle> needles = new TreeMap<>();
    known.forEach(entry -> needles.put(entry.offsetBytes(), new Needle(entry.key(), entry.place(), entry)));
    if (known.stream().mapToLong(IndexLog.Entry::recordBytes).sum() < lengthBytes) { // the log may be damaged, too
      volume.index().ask(generation, map -> map.within(offset, offset + lengthBytes)).forEach(placed -> needles
          .putIfAbsent(NeedlePlace.offsetBytes(placed.place()), new Needle(placed.key(), placed.place(), null)));
    }
    long toldTo = offset;
    for (Map.Entry<Long, Needle> one : needles.entrySet()) {
      Needle needle = one.getValue();
      tellNameless(toldTo, one.getKey(), what, visitor);
      if (!tellIfGood(needle.key, needle.place, visitor)) {
        if (needle.entry == null) {
          visitor.damaged(new DamagedNeedle(at(one.getKey()), NeedlePlace.recordBytes(needle.place), needle.key,
              Optional.empty(), 0, SubjectHash.NONE, what));
        } else {
          tellDamaged(needle.entry, what, visitor);
        }
      }
      toldTo = Math.max(toldTo, NeedlePlace.endBytes(needle.place));
    }
    tellNameless(toldTo, offset + lengthBytes, what, visitor);
  }

  /// A needle that should be where no head is.
  ///
  /// @param entry what the index log says of it; null if only the map knows it
  private record Needle(long key, long place, IndexLog.@Nullable Entry entry) {}

  /// Reads a needle by itself: behind a head that is damaged or cannot be read a scan may pass over good ones.
  private boolean tellIfGood(long key, long place, NeedleVisitor visitor) throws IOException {
    NeedleReader.Front front;
    try {
      front = generation.reader().readFront(key, NeedlePlace.offsetBytes(place), NeedlePlace.recordBytes(place));
    } catch (ClosedChannelException e) {
      throw e; // of the file, not of the disk
    } catch (IOException _) {
      return false; // what is wrong with it the scan has said
    }
    try {
      if (front.head().kind() != NeedleKind.BLOB) {
        tell(front.head(), NeedlePlace.offsetBytes(place), front.meta().nioBuffer(), visitor);
      }
      return true;
    } finally {
      front.meta().release();
    }
  }

  private void tellNameless(long fromBytes, long toBytes, String what, NeedleVisitor visitor) throws IOException {
    if (fromBytes < toBytes) {
      visitor.damaged(DamagedNeedle.nameless(at(fromBytes), toBytes - fromBytes, what));
    }
  }

  private void tellDamaged(IndexLog.Entry entry, String what, NeedleVisitor visitor) throws IOException {
    if (entry.kind() != NeedleKind.BLOB && standing(entry, entry::subjectHash) == Standing.LIVE) {
      visitor.damaged(new DamagedNeedle(at(entry.offsetBytes()), entry.recordBytes(), entry.key(),
          Optional.of(entry.kind()), entry.sequence(), entry.subjectHash(), what));
    }
  }

  /// @see hayloft.common.volume.VolumeClient#scanBooks
  void books(VolumePosition from, NeedleVisitor visitor) throws IOException {
    long end = volume.frozen().isPresent() ? Long.MAX_VALUE : generation.endBytes();
    new NeedleWalk(volume.files(), generation).entries(start(from), end, new NeedleWalk.Visitor() {
      @Override
      public void needle(IndexLog.Entry entry) throws IOException {
        if (entry.kind() == NeedleKind.BOOK && standing(entry, entry::subjectHash) == Standing.LIVE) {
          tellBook(entry, visitor);
        }
      }

      @Override
      public void damage(long offset, long lengthBytes, String what) throws IOException {
        visitor.damaged(DamagedNeedle.nameless(at(offset), lengthBytes, what));
      }
    });
  }

  private void tellBook(IndexLog.Entry entry, NeedleVisitor visitor) throws IOException {
    NeedleReader.Front front;
    try {
      front = generation.reader().readFront(entry.key(), entry.offsetBytes(), entry.recordBytes());
    } catch (CorruptNeedleException e) {
      tellDamaged(entry, String.valueOf(e.getMessage()), visitor);
      return;
    } catch (IOException e) {
      tellDamaged(entry, volume.files().dataPath() + " at " + entry.offsetBytes() + ": cannot be read: "
          + NamedFault.reason(e), visitor);
      return;
    }
    try {
      visitor.needle(front.head().id(), front.head().kind(), front.head().sequence(), front.meta(),
          front.head().dataBytes());
    } catch (NeedleNotUnderstoodException e) {
      tellDamaged(entry, notUnderstood(entry.offsetBytes(), e), visitor);
    } finally {
      front.meta().release();
    }
  }
}
