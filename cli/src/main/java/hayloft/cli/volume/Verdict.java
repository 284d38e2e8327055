package hayloft.cli.volume;

import hayloft.common.CommitSequence;
import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.MutationCodec;
import hayloft.volume.inspect.Damage;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.store.DamagedVolumeException;
import hayloft.volume.store.Descriptor;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/// What came of verifying one volume. Immutable.
///
/// @param faults of the volume as a whole: superblock, descriptor, dead marks
record Verdict(Path file, long needles, long bytes, List<Finding> findings, List<String> faults) {

  /// More than these are counted, not kept.
  private static final int MOST_FINDINGS = 10_000;

  /// A damaged needle.
  ///
  /// @param subject whom it concerns; empty if its meta is damaged as well or it is a blob
  record Finding(Damage damage, Optional<Subject> subject) {}

  static Verdict of(Path path, BucketNames buckets, LongConsumer passed) throws IOException {
    try (VolumeFile file = VolumeFile.open(path)) {
      var verifying = new Verifying(file, buckets, passed);
      file.look(NeedleScanner.Depth.DATA, verifying);
      return new Verdict(path, verifying.needles, file.endBytes(), List.copyOf(verifying.findings),
          faults(file, verifying.unkept));
    } catch (CorruptNeedleException | DamagedVolumeException e) {
      return new Verdict(path, 0, 0, List.of(), List.of(String.valueOf(e.getMessage())));
    }
  }

  private static List<String> faults(VolumeFile file, long unkept) {
    List<String> faults = new ArrayList<>();
    file.superblockFault().ifPresent(faults::add);
    int volume = file.superblock().volume();
    if (file.descriptor().isEmpty()) {
      faults.add(volume + Descriptor.SUFFIX + " is missing: a server would refuse to start");
    }
    file.descriptor().ifPresent(descriptor -> {
      if (descriptor.spec().id() != volume || !descriptor.storeId().equals(file.superblock().storeId())) {
        faults.add("the file is volume " + volume + " of store " + file.superblock().storeId()
            + ", its descriptor is of volume " + descriptor.spec().id() + " of store " + descriptor.storeId());
      }
      if (descriptor.legacyMarks() && !file.dead().isThere()) {
        faults.add(volume + ".dead is missing or empty: without it deleted objects would come back");
      }
    });
    if (file.dead().damagedBytes() > 0) {
      faults.add(file.dead().damagedBytes() + " bytes of " + volume + ".dead are damaged: "
          + (file.dead().facts().version() == 1
              ? "what was deleted there comes back if the catalog has to be made anew"
              : "the next start begins it anew from the catalog's marks"));
    }
    if (unkept > 0) {
      faults.add(unkept + " further damages are not listed");
    }
    return faults;
  }

  boolean isWhole() {
    return faults.isEmpty() && findings.stream().map(found -> found.damage.weight())
        .noneMatch(weight -> weight == Damage.Weight.LOST || weight == Damage.Weight.STRAY);
  }

  /// Confined to the thread that looks at the file.
  private static final class Verifying implements VolumeFile.Visitor {
    private final VolumeFile file;
    private final BucketNames buckets;
    private final LongConsumer passed;
    private final List<Finding> findings = new ArrayList<>();
    private long needles;
    private long unkept;

    Verifying(VolumeFile file, BucketNames buckets, LongConsumer passed) {
      this.file = file;
      this.buckets = buckets;
      this.passed = passed;
    }

    @Override
    public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
      byte[] bytes = new byte[meta.remaining()];
      meta.get(bytes);
      Optional<String> senseless = senseless(head, bytes);
      if (senseless.isPresent()) {
        boolean dead = file.dead().contains(head.key());
        tellSenseless(head, offset, senseless.get(), dead ? Damage.Weight.DEAD : Damage.Weight.STRAY);
        return;
      }
      needles++;
      if (head.kind() == NeedleKind.COMMIT && head.dataBytes() == 0) {
        see(bytes);
      }
    }

    @Override
    public void keyless(NeedleHead head, long offset) throws IOException {
      tellSenseless(head, offset, "no needle has key 0", Damage.Weight.STRAY);
    }

    private void tellSenseless(NeedleHead head, long offset, String why, Damage.Weight weight) throws IOException {
      damage(new Damage(offset, head.recordBytes(), head.key(), head.key() == 0 ? null : head, weight,
          file.where() + " at " + offset + ": " + why));
    }

    /// Why no server can have written a needle whose sums are right.
    private static Optional<String> senseless(NeedleHead head, byte[] meta) {
      if (!FileId.isCountable(head.key())) {
        return Optional.of("no master gave key 0x" + Long.toHexString(head.key()));
      }
      if (head.kind() == NeedleKind.BLOB) {
        return Optional.empty();
      }
      if (!CommitSequence.isPossible(head.sequence())) {
        return Optional.of("no catalog gave sequence 0x" + Long.toHexString(head.sequence()));
      }
      try {
        MutationCodec.requireUnderstood(head.kind(), meta);
        return Optional.empty();
      } catch (MalformedMutationException e) {
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }

    private void see(byte[] meta) {
      try {
        buckets.see(Envelope.read(meta), meta);
      } catch (MalformedMutationException e) {
        throw new IllegalStateException("looked at before", e);
      }
    }

    @Override
    public void damage(Damage damage) throws IOException {
      if (findings.size() >= MOST_FINDINGS) {
        unkept++;
        return;
      }
      findings.add(new Finding(damage, subject(damage)));
    }

    private Optional<Subject> subject(Damage damage) throws IOException {
      NeedleHead head = damage.head();
      if (head == null || head.kind() == NeedleKind.BLOB) {
        return Optional.empty();
      }
      try {
        NeedleReader.Front front = file.front(head, damage.offset());
        try {
          return Optional.of(Subject.of(ByteBufUtil.getBytes(front.meta())));
        } finally {
          front.meta().release();
        }
      } catch (CorruptNeedleException | MalformedMutationException _) { // the meta tells nothing: the key has to do
        return Optional.empty();
      }
    }

    @Override
    public void passed(long bytes) {
      passed.accept(bytes);
    }
  }
}
