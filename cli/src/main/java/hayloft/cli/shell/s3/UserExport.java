package hayloft.cli.shell.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.files.HalfWritten;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `s3.user.export`.
@Command(name = "s3.user.export", description = "Users, their rights and access keys as JSON, for s3.user.import of "
    + "another store. The administrator of the environment is not among them.")
public final class UserExport extends RemoteCommand {

  @Option(names = {"-file", "--file"}, paramLabel = "FILE", description = "A new file, which only its owner may read, "
      + "instead of standard output.")
  private Optional<Path> file = Optional.empty();

  @Option(names = {"-secrets", "--secrets"},
      description = "With the secrets: whoever has the file may sign as everybody "
          + "in it.")
  private boolean secrets;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "secrets", secrets);
  }

  /// All pages as one answer.
  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    if (file.isEmpty()) {
      return all(session, name, arguments, watch);
    }
    try (HalfWritten written = HalfWritten.ofNew(file.get(), HalfWritten.Readers.OWNER)) {
      JsonNode all = all(session, name, arguments, watch);
      written.stream().write((all.path("users").toPrettyString() + "\n").getBytes(UTF_8));
      written.finish();
      return JsonNodeFactory.instance.objectNode().put("file", file.get().toString())
          .put("count", all.path("users").size()).put("secrets", secrets);
    }
  }

  private static ObjectNode all(ShellSession session, String name, ObjectNode arguments, Watch watch)
      throws IOException {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode users = all.putArray("users");
    String next = "";
    do {
      put(arguments, "after", next);
      JsonNode page = session.run(name, arguments, watch);
      page.path("users").forEach(users::add);
      next = page.path("next").asText();
    } while (!next.isEmpty());
    return all;
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    if (file.isEmpty()) {
      screen.line(answer.path("users").toPrettyString());
      return;
    }
    long count = answer.path("count").asLong();
    screen.good(count + (count == 1 ? " user is in " : " users are in ") + file.get());
    screen.warning(secrets
        ? "Whoever reads the file may sign as everybody in it: delete it when it has been imported."
        : "Without secrets: an import makes new keys for users that are not there. -secrets takes them along.");
  }
}
