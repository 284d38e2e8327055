package hayloft.cli.shell.s3;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ServerSaidNoException;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import hayloft.common.directory.NotJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `s3.user.import`.
@Command(name = "s3.user.import", description = {
    "Makes the users of a file that s3.user.export has written, and gives those that are there what the file says.",
    "No key is taken away, and nothing is done twice: a run that broke off may be repeated."})
public final class UserImport extends RemoteCommand {

  private static final long MOST_BYTES = 256L << 20;
  private static final int PAGE = 100;
  private static final String FORM = "[{\"id\": \"…\", \"keys\": [{\"accessKey\": \"…\", \"secretKey\": \"…\"}]}]";
  private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  @Option(names = {"-file", "--file"}, required = true, paramLabel = "FILE", description = "What s3.user.export wrote.")
  private Path file = Path.of("");

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  /// Everything is judged before anything is done.
  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    List<ArrayNode> pages = pages(users());
    ObjectNode answer = send(session, name, pages, false, watch);
    return apply ? send(session, name, pages, true, watch) : answer;
  }

  private ObjectNode send(ShellSession session, String name, List<ArrayNode> pages, boolean applied, Watch watch)
      throws IOException {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !applied);
    ArrayNode users = answer.putArray("users");
    for (ArrayNode page : pages) {
      ObjectNode arguments = JsonNodeFactory.instance.objectNode();
      arguments.set("users", page);
      put(arguments, "apply", applied);
      try {
        session.run(name, arguments, watch).path("users").forEach(users::add);
      } catch (ServerSaidNoException e) {
        throw e.about(file + (users.isEmpty() || !applied ? "" : ", after " + users.size() + " users were imported"));
      }
    }
    return answer;
  }

  private static List<ArrayNode> pages(JsonNode users) {
    List<ArrayNode> pages = new ArrayList<>();
    for (JsonNode user : users) {
      if (pages.isEmpty() || pages.getLast().size() == PAGE) {
        pages.add(JsonNodeFactory.instance.arrayNode());
      }
      pages.getLast().add(user);
    }
    return pages;
  }

  private JsonNode users() throws IOException {
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException("-file: " + file + " is a directory. Name the file in it");
    }
    if (Files.size(file) > MOST_BYTES) {
      throw new IllegalArgumentException("-file: " + file + " has more than " + MOST_BYTES + " bytes: it is no list of "
          + "users");
    }
    try {
      JsonNode users = JSON.readTree(Files.readAllBytes(file));
      if (!users.isArray()) {
        throw new IllegalArgumentException("-file: " + file + " must be a list of users, " + FORM);
      }
      return users;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("-file: " + file + " " + NotJson.text(e) + ". Write a list of users, " + FORM,
          e);
    }
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    boolean dryRun = answer.path("dryRun").asBoolean();
    screen.table(answer.path("users"), "no users", Column.text("USER", "id"),
        Column.text(dryRun ? "WOULD BE" : "OUTCOME", "outcome"), Column.text("WHAT CHANGES", "changes"),
        Column.text("KEYS WITHOUT SECRET, LEFT OUT", "keysLeftOut"));
    for (JsonNode user : answer.path("users")) {
      if (user.has("secretKey")) {
        screen.line(user.path("id").asText() + " has a new key: " + user.path("accessKey").asText() + " "
            + user.path("secretKey").asText());
        screen.warning("The secret is not shown again.");
      }
    }
    sayHowToApply(answer, screen);
  }
}
