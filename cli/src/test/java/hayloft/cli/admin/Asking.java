package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.filer.VolumeCatalog;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Asks commands about a catalog as the server does, without its port. Confined to a test.
final class Asking {

  static final String ROOT = "root";
  private static final Caller SOMEBODY = new Caller(ROOT, "");

  private final List<AdminCommand> commands = new ArrayList<>();

  Asking(VolumeCatalog catalog) {
    commands.addAll(new BucketCommands(catalog, "us-east-1").commands());
    commands.addAll(new UserCommands(catalog, ROOT).commands());
    commands.addAll(new TreeCommands(catalog).commands());
    commands.addAll(new VersionCommands(catalog, InstantSource.system()).commands());
    commands.addAll(new UploadCommands(catalog, InstantSource.system()).commands());
  }

  /// @param arguments JSON, with ' for "
  JsonNode ask(String command, String arguments) throws IOException {
    AdminCommand wanted = commands.stream().filter(one -> one.name().equals(command)).findFirst().orElseThrow();
    var call = new AdminCall(SOMEBODY, new Arguments(new ObjectMapper().readTree(arguments.replace('\'', '"'))), "1");
    return switch (wanted.work()) {
      case AdminCommand.Work.Now now -> now.answer(call);
      case AdminCommand.Work.Later later -> later.prepare(call).run(new Job("j1", command, SOMEBODY, Instant.EPOCH));
    };
  }

  void refused(int status, String why, String command, String arguments) {
    AdminRefusal refusal = assertThrows(AdminRefusal.class, () -> ask(command, arguments), arguments);
    assertTrue(refusal.text().contains(why), refusal.text());
    assertEquals(status, refusal.status(), refusal.text());
  }
}
