package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.volume.VolumeStatus;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.rows.LostTruth;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// `catalog.check`, `rebuild`, `lost` and `giveup`. Thread-safe.
final class CatalogCommands {

  private final AdminRooms rooms;

  CatalogCommands(AdminRooms rooms) {
    this.rooms = rooms;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.readsLong("catalog.check", this::check),
        AdminCommand.changesIfApplied("catalog.rebuild", this::rebuild),
        AdminCommand.readsLong("catalog.lost", this::lost),
        AdminCommand.changesLongIfApplied("catalog.giveup", this::giveUp));
  }

  private Jobs.Work check(AdminCall call) {
    call.arguments().requireAllKnown();
    return job -> AuditJob.run(rooms.catalog(), Set.of(), job);
  }

  /// Not while the server runs: a rebuild needs the rows for itself, and a start makes sure of that.
  private JsonNode rebuild(AdminCall call) throws IOException {
    boolean apply = call.arguments().flag("apply");
    call.arguments().requireAllKnown();
    List<VolumeStatus> volumes = rooms.volumes().volumes();
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("volumes", volumes.size())
        .put("volumeBytes", volumes.stream().mapToLong(VolumeStatus::sizeBytes).sum())
        .put("needles", volumes.stream().mapToLong(VolumeStatus::liveNeedles).sum())
        .put("rowsEstimated", rooms.catalog().storeSizes().rows())
        .put("catalogBytes", rooms.catalog().storeSizes().fileBytes());
    if (apply) {
      rooms.catalog().rebuildAtNextStart();
    }
    return answer;
  }

  private Jobs.Work lost(AdminCall call) {
    call.arguments().requireAllKnown();
    return job -> {
      job.doing("walking over rows for the names");
      ObjectNode answer = JsonNodeFactory.instance.objectNode();
      LossNames.of(rooms.catalog(), rooms.volumes()).describe(_ -> true, answer.putArray("lost"));
      return answer.put("clean", answer.path("lost").isEmpty());
    };
  }

  private Jobs.Work giveUp(AdminCall call) {
    Arguments arguments = call.arguments();
    Set<Integer> volumes = Set.copyOf(arguments.numbers("volumes"));
    Set<NeedleAt> needles = needles(arguments.texts("needles"));
    boolean all = arguments.flag("all");
    boolean apply = arguments.flag("apply");
    arguments.requireAllKnown();
    if (all == (!volumes.isEmpty() || !needles.isEmpty())) {
      throw AdminRefusal.wrong("name volumes with -volumeId or needles with -needle, or say -all");
    }
    Predicate<LostTruth> wanted = lost -> all || volumes.contains(lost.volume())
        || needles.contains(new NeedleAt(lost.volume(), lost.needleKey()));
    return job -> {
      job.doing("walking over rows for the names");
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply);
      LossNames names = LossNames.of(rooms.catalog(), rooms.volumes());
      names.describe(wanted.and(lost -> !lost.isWholeVolume()), answer.putArray("givenUp"));
      names.describe(wanted.and(LostTruth::isWholeVolume), answer.putArray("volumes"));
      if (!all && answer.path("givenUp").isEmpty() && answer.path("volumes").isEmpty()) {
        throw AdminRefusal.absent("nothing is lost of what was named; catalog.lost shows what is");
      }
      if (apply) {
        job.doing("giving up");
        Set<LostTruth> named = names.truths(wanted); // what is lost since was not asked about
        long given = rooms.catalog().giveUp(named::contains).size();
        answer.path("givenUp").forEach(one -> job.say("given up: " + one.path("whose").asText()));
        answer.put("count", given);
      }
      return answer;
    };
  }

  /// As `catalog.lost` shows them: `3,1f`.
  private static Set<NeedleAt> needles(List<String> texts) {
    Set<NeedleAt> needles = new HashSet<>();
    for (String text : texts) {
      int comma = text.indexOf(',');
      try {
        needles.add(new NeedleAt(Integer.parseInt(text.substring(0, Math.max(0, comma))),
            Long.parseUnsignedLong(text.substring(comma + 1), 16)));
      } catch (NumberFormatException e) {
        throw AdminRefusal.wrong("-needle must be VOLUME,KEY as catalog.lost shows it, got " + text);
      }
    }
    return needles;
  }
}
