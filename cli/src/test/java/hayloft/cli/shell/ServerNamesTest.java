package hayloft.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jline.reader.Candidate;
import org.jline.reader.Parser;
import org.jline.reader.impl.DefaultParser;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

/// What Tab offers of the server's names.
final class ServerNamesTest {

  private final List<String> asked = new ArrayList<>();

  /// A server with a few things.
  private JsonNode answer(String command, ObjectNode arguments) throws IOException {
    asked.add(command + arguments);
    return new ObjectMapper().readTree(switch (command) {
      case "s3.bucket.list" -> "{\"buckets\":[{\"name\":\"barn\"},{\"name\":\"bath\"},{\"name\":\"shed\"}]}";
      case "s3.user.list" -> "{\"users\":[{\"id\":\"alice\",\"accessKeys\":[\"HLONE\",\"HLTWO\"]},{\"id\":\"bob\"}]}";
      case "volume.list" -> "{\"volumes\":[{\"volume\":1},{\"volume\":12}]}";
      case "collection.list" -> "{\"collections\":[{\"collection\":\"\"},{\"collection\":\"films\"}]}";
      case "fs.ls" ->
        "{\"entries\":[{\"name\":\"cows/\"},{\"name\":\"cows/with blank\"},"
            + "{\"name\":\"co\\u202egnp\"},{\"name\":\"co\\u009b2J\"},{\"name\":\"corn\"}]}";
      default -> throw new IOException("no " + command);
    });
  }

  private List<String> offered(ServerNames names, String line) {
    var nowhere = new ShellSession(URI.create("http://127.0.0.1:1"), () -> {
      throw new IOException("no server");
    });
    var shell = new Shell(nowhere, new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), Ansi.OFF,
        false);
    List<Candidate> candidates = new ArrayList<>();
    Prompt.complete(shell, names, new DefaultParser().parse(line, line.length(), Parser.ParseContext.COMPLETE),
        candidates);
    return candidates.stream().map(Candidate::value).toList();
  }

  @Test
  void namesStandWhereTheyAreMeant() {
    var names = new ServerNames(this::answer);
    assertEquals(List.of("barn", "bath"), offered(names, "s3.bucket.delete ba"));
    assertEquals(List.of("shed"), offered(names, "s3.bucket.usage -bucket s"));
    assertEquals(List.of("alice"), offered(names, "s3.bucket.owner barn -owner a"));
    assertEquals(List.of("alice", "bob"), offered(names, "s3.user.disable "));
    assertEquals(List.of("HLONE", "HLTWO"), offered(names, "s3.accesskey.delete HL"));
    assertEquals(List.of("1", "12"), offered(names, "volume.list -volumeId 1"));
    assertEquals(List.of("films"), offered(names, "volume.list -collection f"));
    assertEquals(List.of("/barn/", "/bath/"), offered(names, "fs.ls /ba"));
    assertEquals(List.of("/barn/cows/", "/barn/corn"), offered(names, "fs.cat /barn/co"));
    assertEquals(List.of("/barn/", "/bath/", "/shed/"), offered(names, "fs.rm -recursive /barn/cows /"));
    assertTrue(asked.contains("fs.ls{\"path\":\"/barn/\",\"limit\":200,\"after\":\"co\"}"), asked::toString);
    assertEquals(1, asked.stream().filter(one -> one.startsWith("s3.bucket.list")).count(), "kept for a while");
  }

  @Test
  void newNamesAreNotOffered() {
    var names = new ServerNames(this::answer);
    assertEquals(List.of(), offered(names, "s3.bucket.create ba"));
    assertEquals(List.of(), offered(names, "s3.user.create a"));
    assertEquals(List.of(), asked);
  }

  @Test
  void aServerThatSaysNothingCostsTwoSecondsAndNoError() throws Exception {
    var never = new CountDownLatch(1);
    var names = new ServerNames((_, _) -> {
      try {
        never.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("gone");
    });
    long began = System.nanoTime();
    assertEquals(List.of(), offered(names, "s3.bucket.delete ba"));
    assertEquals(List.of(), offered(names, "s3.bucket.delete bar"), "not asked again for a while");
    assertTrue(System.nanoTime() - began < 30_000_000_000L);
    never.countDown();
  }
}
