package hayloft.cli.volume;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ByteSize;
import hayloft.common.CommitSequence;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.mutation.BodyTime;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.inspect.Damage;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.Superblock;
import hayloft.volume.store.Descriptor;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// What a volume holds, in figures. Confined to one thread.
///
/// The salt is left out: whoever knows it can make bytes that pass for needles.
final class VolumeSummary implements VolumeFile.Visitor {

  /// Needles and the bytes of their records.
  static final class Tally {
    private long needles;
    private long bytes;

    void add(long recordBytes) {
      needles++;
      bytes += recordBytes;
    }

    ObjectNode toJson() {
      return JsonNodeFactory.instance.objectNode().put("needles", needles).put("bytes", bytes);
    }

    String text() {
      return Output.count(needles) + " (" + ByteSize.text(bytes) + ")";
    }
  }

  private record Extreme(long offset, NeedleHead head) {
    ObjectNode toJson() {
      return JsonNodeFactory.instance.objectNode().put("offset", offset).put("fileId", head.id().toString())
          .put("recordBytes", head.recordBytes());
    }

    String text() {
      return Output.count(head.recordBytes()) + " B at " + offset + " (" + head.id() + ")";
    }
  }

  private final VolumeFile file;
  private final boolean dataChecked;
  private final LongConsumer progress;
  private final Map<NeedleKind, Tally> kinds = new EnumMap<>(NeedleKind.class);
  private final Map<String, Long> mutations = new TreeMap<>();
  private final Tally all = new Tally();
  private final Tally live = new Tally();
  private final Tally dead = new Tally();
  private final List<Damage> damages = new ArrayList<>();
  private @Nullable Extreme smallest;
  private @Nullable Extreme largest;
  private @Nullable Instant first;
  private @Nullable Instant last;
  private long lowestSequence = Long.MAX_VALUE;
  private long highestSequence;
  private long notUnderstood;

  /// @param dataChecked whether the look goes down to the data
  /// @param progress is told the bytes that were passed
  VolumeSummary(VolumeFile file, boolean dataChecked, LongConsumer progress) {
    this.file = file;
    this.progress = progress;
    this.dataChecked = dataChecked;
  }

  @Override
  public void passed(long bytes) {
    progress.accept(bytes);
  }

  @Override
  public void needle(NeedleHead head, long offset, ByteBuffer meta) {
    int bytes = head.recordBytes();
    all.add(bytes);
    kinds.computeIfAbsent(head.kind(), _ -> new Tally()).add(bytes);
    (file.dead().contains(head.key()) ? dead : live).add(bytes);
    if (smallest == null || bytes < smallest.head.recordBytes()) {
      smallest = new Extreme(offset, head);
    }
    if (largest == null || bytes > largest.head.recordBytes()) {
      largest = new Extreme(offset, head);
    }
    if (head.kind() != NeedleKind.BLOB) {
      lowestSequence = Math.min(lowestSequence, head.sequence());
      highestSequence = Math.max(highestSequence, head.sequence());
      byte[] copy = new byte[meta.remaining()];
      meta.get(copy);
      mutation(copy);
    }
  }

  private void mutation(byte[] meta) {
    try {
      Envelope envelope = Envelope.read(meta);
      mutations.merge(Meaning.kind(envelope), 1L, Long::sum);
      Instant at = BodyTime.of(envelope.body());
      first = first == null || at.isBefore(first) ? at : first;
      last = last == null || at.isAfter(last) ? at : last;
    } catch (MalformedMutationException _) { // of a newer program
      notUnderstood++;
    }
  }

  @Override
  public void damage(Damage damage) {
    damages.add(damage);
  }

  boolean hasLosses() {
    return file.superblockFault().isPresent()
        || damages.stream().anyMatch(damage -> damage.weight() == Damage.Weight.LOST);
  }

  ObjectNode toJson() {
    Superblock superblock = file.superblock();
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("file", file.path().toString())
        .put("fileBytes", file.fileBytes()).put("volume", superblock.volume())
        .put("generation", superblock.generation()).put("storeId", superblock.storeId().toString())
        .put("created", Instant.ofEpochMilli(superblock.createdMillis()).toString())
        .put("syncedBytes", superblock.syncedBytes()).put("superblockVersion", superblock.version())
        .put("birthEpoch", superblock.birthEpoch()).put("catalog", superblock.catalog())
        .put("marksApplied", CommitSequence.text(superblock.marksApplied()))
        .put("highestSequenceBefore", CommitSequence.text(superblock.highestSequence()))
        .put("highestKeyBefore", superblock.highestKey()).put("sealedLength", superblock.sealedLength())
        .put("sealedChecksum", Long.toHexString(superblock.sealedChecksum()));
    file.superblockFault().ifPresent(fault -> json.put("superblockFault", fault));
    file.descriptor().ifPresent(descriptor -> describe(descriptor, json.putObject("descriptor")));
    json.put("closedCleanly", file.closedCleanly());
    json.set("needles", all.toJson());
    ObjectNode byKind = json.putObject("kinds");
    kinds.forEach((kind, tally) -> byKind.set(kind.name().toLowerCase(Locale.ROOT), tally.toJson()));
    mutations.forEach(json.putObject("mutations")::put);
    if (notUnderstood > 0) {
      json.put("notUnderstood", notUnderstood);
    }
    json.set("live", live.toJson());
    json.set("dead", dead.toJson());
    json.put("deadMarks", file.dead().size()).put("deadLogDamagedBytes", file.dead().damagedBytes())
        .put("deadLogVersion", file.dead().facts().version())
        .put("deadLogComplete", CommitSequence.text(file.dead().facts().completeSequence()));
    if (smallest != null && largest != null) {
      json.set("smallest", smallest.toJson());
      json.set("largest", largest.toJson());
    }
    if (first != null && last != null) {
      json.put("first", first.toString()).put("last", last.toString());
    }
    if (highestSequence > 0) {
      json.put("lowestSequence", CommitSequence.text(lowestSequence)).put("highestSequence",
          CommitSequence.text(highestSequence));
    }
    json.put("dataChecked", dataChecked);
    ArrayNode list = json.putArray("damages");
    damages.forEach(damage -> list.addObject().put("offset", damage.offset()).put("bytes", damage.lengthBytes())
        .put("key", Long.toHexString(damage.key())).put("weight", damage.weight().name().toLowerCase(Locale.ROOT))
        .put("what", damage.what()));
    return json;
  }

  private static void describe(Descriptor descriptor, ObjectNode json) {
    json.put("state", descriptor.state().name()).put("limitBytes", descriptor.spec().limitBytes())
        .put("collection", descriptor.spec().collection())
        .put("replication", descriptor.spec().placement().toString()).put("diskType", descriptor.spec().diskType())
        .put("cutBytes", descriptor.cutBytes()).put("readOnly", descriptor.readOnly())
        .put("generation", descriptor.generation()).put("epoch", descriptor.epoch())
        .put("catalog", descriptor.catalog()).put("marksApplied", CommitSequence.text(descriptor.marksApplied()))
        .put("sealedLength", descriptor.sealedLength())
        .put("sealedChecksum", Long.toHexString(descriptor.sealedChecksum()))
        .put("superblockVersion", descriptor.superblockVersion()).put("legacyMarks", descriptor.legacyMarks());
    descriptor.members().forEach(json.putArray("members")::add);
  }

  String toText() {
    Superblock superblock = file.superblock();
    var text = new StringBuilder("volume " + superblock.volume() + " of store " + superblock.storeId() + "\n");
    line(text, "file", file.where() + ", " + Output.count(file.fileBytes()) + " B");
    line(text, "superblock", file.superblockFault().map(fault -> "DAMAGED: " + fault).orElse("right") + ", version "
        + superblock.version() + ", generation " + superblock.generation() + ", created "
        + Instant.ofEpochMilli(superblock.createdMillis()) + sealText(superblock));
    line(text, "descriptor", file.descriptor().map(VolumeSummary::text).orElse("missing"));
    line(text, "closed", file.closedCleanly() ? "cleanly" : "not cleanly: a server is using it, or was killed");
    line(text, "needles", all.text() + kindsText());
    line(text, "mutations", joined(mutations));
    line(text, "live", live.text() + ", " + Output.share(live.bytes, all.bytes));
    line(text, "dead", dead.text() + ", " + Output.share(dead.bytes, all.bytes) + "; "
        + Output.count(file.dead().size()) + " marks" + deadLogText());
    if (smallest != null && largest != null) {
      line(text, "smallest", smallest.text());
      line(text, "largest", largest.text());
    }
    if (first != null && last != null) {
      line(text, "time", first + " to " + last);
    }
    if (highestSequence > 0) {
      line(text, "sequences", CommitSequence.text(lowestSequence) + " to " + CommitSequence.text(highestSequence));
    }
    line(text, "sums", sumsText());
    damages.forEach(damage -> line(text, damage.weight().name().toLowerCase(Locale.ROOT),
        "key 0x" + Long.toHexString(damage.key()) + ", " + damage.what()));
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String value) {
    text.append(Output.line(what, value)).append('\n');
  }

  private static String sealText(Superblock superblock) {
    return superblock.sealedLength() == 0
        ? ""
        : ", sealed at " + superblock.sealedLength() + " with " + Long.toHexString(superblock.sealedChecksum());
  }

  private static String text(Descriptor descriptor) {
    return descriptor.state() + ", limit " + ByteSize.text(descriptor.spec().limitBytes()) + ", collection \""
        + descriptor.spec().collection() + "\", replication " + descriptor.spec().placement()
        + (descriptor.cutBytes() >= 0 ? ", ends at " + descriptor.cutBytes() + " because a write failed" : "");
  }

  private String kindsText() {
    var text = new StringJoiner(", ", ": ", "").setEmptyValue("");
    kinds.forEach((kind, tally) -> text.add(tally.text() + " " + kind.name().toLowerCase(Locale.ROOT)));
    return text.toString();
  }

  private static String joined(Map<String, Long> counts) {
    var text = new StringJoiner(", ").setEmptyValue("none");
    counts.forEach((name, count) -> text.add(Output.count(count) + " " + name));
    return text.toString();
  }

  private String deadLogText() {
    DeadLog.LogFacts facts = file.dead().facts();
    if (!facts.isThere()) {
      return ", NO LOG of dead marks";
    }
    long damaged = file.dead().damagedBytes();
    return (facts.version() == 1 ? ", of level 1" : ", complete up to " + CommitSequence.text(facts.completeSequence()))
        + (damaged == 0 ? "" : ", " + damaged + " bytes of the log are DAMAGED");
  }

  private String sumsText() {
    String checked = dataChecked ? "heads, metas and data" : "heads and metas";
    if (damages.isEmpty()) {
      return "all right (" + checked + ")";
    }
    return damages.size() + " WRONG (" + checked + ")";
  }
}
