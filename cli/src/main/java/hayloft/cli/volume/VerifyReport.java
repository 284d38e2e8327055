package hayloft.cli.volume;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ByteSize;
import hayloft.cli.ShownText;
import hayloft.volume.inspect.Damage;
import hayloft.volume.needle.NeedleHead;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// What verifying came to. Immutable.
///
/// @param missing volume files that a descriptor promises
/// @param buckets complete once every file was read
record VerifyReport(List<Verdict> verdicts, List<Path> missing, BucketNames buckets, long bytes, double seconds) {

  boolean isWhole() {
    return missing.isEmpty() && verdicts.stream().allMatch(Verdict::isWhole);
  }

  private long findings(Damage.Weight weight) {
    return verdicts.stream().flatMap(verdict -> verdict.findings().stream())
        .filter(found -> found.damage().weight() == weight).count();
  }

  /// `bucket/key`, or what else is known.
  private String name(Verdict.Finding found) {
    return found.subject().map(subject -> subject.name(buckets)).orElse("");
  }

  private static String needle(Damage damage) {
    NeedleHead head = damage.head();
    if (head != null) {
      return head.kind().name().toLowerCase(Locale.ROOT) + " needle " + head.id();
    }
    return damage.key() == 0 ? "bytes that no head and no index names" : "needle 0x" + Long.toHexString(damage.key());
  }

  private static String word(Damage.Weight weight) {
    return switch (weight) {
      case LOST -> "DAMAGED";
      case DEAD -> "damaged, but dead: no object needs it";
      case TORN -> "torn: never acknowledged, or being written; the next start clears it away";
      case STRAY -> "STRAY: its sums are right, but no server can have written it; it is stepped over";
    };
  }

  String toText() {
    var text = new StringBuilder();
    for (Verdict verdict : verdicts) {
      text.append(String.format(Locale.ROOT, "%s  %s, %s needles, %s%n", verdict.file(),
          verdict.isWhole() ? "whole" : "DAMAGED", Output.count(verdict.needles()), ByteSize.text(verdict.bytes())));
      verdict.faults().forEach(fault -> text.append("  DAMAGED  ").append(ShownText.of(fault)).append('\n'));
      for (Verdict.Finding found : verdict.findings()) {
        Damage damage = found.damage();
        String name = ShownText.of(name(found));
        text.append("  ").append(word(damage.weight())).append("\n    at ").append(damage.offset()).append(", ")
            .append(needle(damage)).append(name.isEmpty() ? "" : ", of " + name).append("\n    ")
            .append(ShownText.of(damage.what())).append('\n');
      }
    }
    missing.forEach(file -> text.append(file).append("  MISSING, but its descriptor is there\n"));
    long needles = verdicts.stream().mapToLong(Verdict::needles).sum();
    text.append(isWhole() ? "whole" : "DAMAGED").append(": ").append(Output.count(verdicts.size())).append(" volumes, ")
        .append(Output.count(needles)).append(" good needles, ").append(findings(Damage.Weight.LOST))
        .append(" damaged, ").append(findings(Damage.Weight.DEAD)).append(" damaged and dead, ")
        .append(findings(Damage.Weight.TORN)).append(" torn, ").append(findings(Damage.Weight.STRAY))
        .append(" stray\n");
    return text.toString();
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("whole", isWhole())
        .put("damaged", findings(Damage.Weight.LOST)).put("damagedDead", findings(Damage.Weight.DEAD))
        .put("torn", findings(Damage.Weight.TORN)).put("stray", findings(Damage.Weight.STRAY)).put("bytes", bytes)
        .put("seconds", seconds);
    ArrayNode files = json.putArray("volumes");
    for (Verdict verdict : verdicts) {
      ObjectNode volume = files.addObject().put("file", verdict.file().toString()).put("whole", verdict.isWhole())
          .put("needles", verdict.needles()).put("bytes", verdict.bytes());
      verdict.faults().forEach(volume.putArray("faults")::add);
      ArrayNode damages = volume.putArray("damages");
      verdict.findings().forEach(found -> add(found, damages));
    }
    ArrayNode absent = json.putArray("missing");
    missing.forEach(file -> absent.add(file.toString()));
    return json;
  }

  private void add(Verdict.Finding found, ArrayNode damages) {
    Damage damage = found.damage();
    ObjectNode one = damages.addObject().put("offset", damage.offset()).put("bytes", damage.lengthBytes())
        .put("key", Long.toHexString(damage.key())).put("weight", damage.weight().name().toLowerCase(Locale.ROOT));
    NeedleHead head = damage.head();
    if (head != null) {
      one.put("fileId", head.id().toString()).put("kind", head.kind().name().toLowerCase(Locale.ROOT));
    }
    String name = name(found);
    if (!name.isEmpty()) {
      one.put("of", name);
    }
    one.put("what", damage.what());
  }
}
