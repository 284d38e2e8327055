package hayloft.cli.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import hayloft.cli.client.Credentials;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;

/// Names that clients chose to fool whoever looks, in the answers to every command of the shell.
final class OddNamesTest {

  private static final String ODD = "barn\033[2J\r\n\u202Etxt.yah";
  private static final String SHOWN = "barn\\u001b[2J\\r\\n\\u202etxt.yah";
  private static final List<String> LISTS = List.of("buckets", "users", "entries", "versions", "branches", "children",
      "uploads", "loggers", "damaged", "damages", "unread", "lost", "givenUp", "volumes", "collections", "directories",
      "disks", "jobs", "findings", "endpoints", "rates", "underWay", "requests", "ownedBuckets", "roles");
  private static final List<String> FIELDS = List.of("name", "key", "path", "id", "displayName", "owner", "bucket",
      "what", "whose", "user", "accessKey", "versionId", "region", "durability", "logger", "level", "about", "help",
      "found", "directory", "collection", "purpose", "state", "takesNothingBecause", "needle", "job", "action", "who",
      "doing", "unit", "role", "url", "remote", "requester", "operation", "waitsFor", "requestId", "error", "time",
      "modified", "etag", "store", "version", "reason", "until", "session", "auditLog", "formerOwner", "secretKey",
      "formerAccessKey", "initiated");
  /// An object's bytes are written as they are.
  private static final Set<String> NOT_TEXT = Set.of("help", "fs.cat");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private @Nullable HttpServer server;
  private byte[] answer = new byte[0];
  private int status = 200;

  @BeforeEach
  void start() throws IOException {
    answer = answer().toString().getBytes(UTF_8);
    HttpServer begun = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    begun.createContext("/", exchange -> {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(status, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    begun.start();
    server = begun;
  }

  @AfterEach
  void stop() {
    Objects.requireNonNull(server).stop(0);
  }

  private static ObjectNode row() {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    FIELDS.forEach(field -> row.put(field, ODD));
    row.putArray("objects").add(ODD);
    return row;
  }

  /// To whatever is asked.
  private static ObjectNode answer() {
    ObjectNode all = row();
    LISTS.forEach(list -> all.putArray(list).add(row()));
    all.put("watch", "w").put("dryRun", true);
    all.putObject("compactionsPostponed").put("1", ODD);
    all.set("lock", row());
    return all;
  }

  private Shell shell() {
    URI endpoint = URI.create("http://127.0.0.1:" + Objects.requireNonNull(server).getAddress().getPort());
    return new Shell(new ShellSession(endpoint,
        () -> new AdminConnection(new AdminPlace(endpoint, "test", Optional.empty()), Optional.empty(),
            new Credentials("a", "b", "test"))),
        new PrintWriter(out), new PrintWriter(err), Ansi.OFF, false);
  }

  /// With what it cannot do without.
  private static String line(String name, CommandLine command) {
    var line = new StringBuilder(name);
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.required()) {
        line.append(' ').append(option.names()[0]).append(" 1");
      }
    }
    command.getCommandSpec().positionalParameters().forEach(_ -> line.append(" info"));
    return line + switch (name) {
      case "lock" -> " -lease 1";
      case "trace" -> " -seconds 0";
      case "volume.mark" -> " -readonly";
      case "fs.ls" -> " -l";
      default -> "";
    };
  }

  @Test
  void noCommandLetsThemThrough() {
    Set<String> showed = new TreeSet<>();
    Shell shell = shell();
    List<String> wrong = new ArrayList<>();
    shell.commands().getSubcommands().forEach((name, command) -> {
      if (NOT_TEXT.contains(name)) {
        return;
      }
      out.getBuffer().setLength(0);
      int code = shell.run(line(name, command));
      String said = out + "" + err;
      if (code == 2 || said.indexOf('\033') >= 0 || said.indexOf('\r') >= 0 || said.indexOf('\u202E') >= 0
          || said.contains("\n\\u202e")) {
        wrong.add(name + " (" + code + "): " + said);
      }
      if (said.contains(SHOWN)) {
        showed.add(name);
      }
    });
    assertEquals(List.of(), wrong);
    assertTrue(showed.containsAll(Set.of("fs.ls", "fs.tree", "fs.du", "fs.versions", "fs.verify",
        "s3.bucket.list", "s3.user.list", "s3.clean.uploads", "volume.list", "volume.scrub",
        "cluster.status", "cluster.check", "trace", "top", "catalog.lost")), showed::toString);
  }

  @Test
  void jsonHasThemAsTheyAre() throws IOException {
    assertEquals(0, shell().run("s3.bucket.list --json"));
    assertEquals(ODD, new ObjectMapper().readTree(out.toString()).path("buckets").path(0).path("name").asText());
    out.getBuffer().setLength(0);
    assertEquals(0, shell().run("fs.meta.cat /barn/x"));
    assertEquals(ODD, new ObjectMapper().readTree(out.toString()).path("key").asText(), "the text is JSON, too");
  }

  @Test
  void refusalsAndWhatJobsTellAreEscaped() {
    status = 409;
    ObjectNode refusal = JsonNodeFactory.instance.objectNode();
    refusal.putObject("error").put("code", "Conflict").put("message", "there is " + ODD);
    answer = refusal.toString().getBytes(UTF_8);
    assertEquals(1, shell().run("fs.ls /barn"));
    assertEquals("hayloft: there is " + SHOWN + "\n", err.toString());
    err.getBuffer().setLength(0);
    new ProgressWatch(new PrintWriter(err, true), false).line(ODD);
    assertEquals(SHOWN + "\n", err.toString());
    assertFalse(ProgressWatch.text(row(), java.time.Duration.ZERO).contains(ODD));
  }
}
