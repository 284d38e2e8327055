package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.StoreDirectories;
import java.io.IOException;
import java.util.List;

/// `level.raise`. Thread-safe.
final class LevelCommands {

  private final StoreDirectories directories;

  LevelCommands(StoreDirectories directories) {
    this.directories = directories;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.changesIfApplied("level.raise", this::raise));
  }

  private JsonNode raise(AdminCall call) throws IOException {
    boolean apply = call.arguments().flag("apply");
    call.arguments().requireAllKnown();
    int level = directories.level();
    if (apply) {
      directories.raise();
    }
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("level", level)
        .put("newestLevel", directories.newestLevel());
    ArrayNode list = answer.putArray("directories");
    directories.levels()
        .forEach((path, itsLevel) -> list.addObject().put("directory", path.toString()).put("level", itsLevel));
    return answer;
  }
}
