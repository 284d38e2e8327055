package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.volume.VolumeStatus;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/// `catalog.check` and `catalog.rebuild`. Thread-safe.
final class CatalogCommands {

  private final AdminRooms rooms;

  CatalogCommands(AdminRooms rooms) {
    this.rooms = rooms;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.readsLong("catalog.check", this::check),
        AdminCommand.changesIfApplied("catalog.rebuild", this::rebuild));
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
}
