package hayloft.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import hayloft.cli.client.Credentials;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.jline.reader.Candidate;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.Parser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;

/// The shell without a server: help, completion, and what it says when none is there.
final class ShellTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private Shell shell(URI endpoint) {
    return new Shell(new ShellSession(endpoint,
        () -> new AdminConnection(new AdminPlace(endpoint, "test", Optional.empty()), Optional.empty(),
            new Credentials("a", "b", "test"))),
        new PrintWriter(out),
        new PrintWriter(err), Ansi.OFF, false);
  }

  private Shell shell() {
    return shell(URI.create("http://127.0.0.1:1"));
  }

  @Test
  void withoutAServerItSaysWhatWasTriedAndWhatHelps() throws IOException {
    URI nobody;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
    assertEquals(1, shell(nobody).run("volume.list; cluster.status"));
    String said = err.toString();
    assertTrue(said.startsWith("hayloft: no Hayloft server answers at " + nobody), said);
    assertTrue(said.contains("hayloft server --dir DIR") && said.contains("HAYLOFT_ADMIN_ENDPOINT"), said);
    assertEquals(said.indexOf("no Hayloft server"), said.lastIndexOf("no Hayloft server"),
        "the line ends at its first failure");
    assertEquals(1, shell(nobody).run("volume.list --json"));
    assertTrue(out.toString().contains("\"code\" : \"NoServer\""), out.toString());
  }

  @Test
  void whatIsWrongOfACommandIsToldApartFromWhatCannotBeDoneNow() throws IOException {
    assertEquals(2, codeOf("volume.drop", 400, "InvalidArgument"));
    assertEquals(1, codeOf("volume.drop -missing", 409, "Conflict"));
  }

  /// The exit code when the server refuses.
  private int codeOf(String line, int status, String code) throws IOException {
    return codeOfAnswer(line, status, "{\"error\":{\"code\":\"" + code + "\",\"message\":\"no\"}}");
  }

  private int codeOfAnswer(String line, int status, String answer) throws IOException {
    byte[] refusal = answer.getBytes(StandardCharsets.UTF_8);
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.createContext("/", exchange -> {
      exchange.sendResponseHeaders(status, refusal.length);
      exchange.getResponseBody().write(refusal);
      exchange.close();
    });
    server.start();
    try {
      return shell(URI.create("http://127.0.0.1:" + server.getAddress().getPort())).run(line);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void whatThePortSaysByItselfIsTold() throws IOException {
    for (int status : List.of(403, 408, 500, 503)) {
      assertEquals(1, codeOfAnswer("volume.list", status, "{\"error\":\"why " + status + "\"}"));
      assertTrue(err.toString().contains("why " + status), err.toString());
    }
    assertEquals(1, codeOfAnswer("volume.list", 503,
        "{\"status\":\"starting\",\"detail\":\"opening volumes\",\"error\":\"for clients of file ids\"}"));
    assertTrue(err.toString().contains("the server is starting (opening volumes): try again when it is ready"),
        err.toString());
    assertEquals(1, codeOfAnswer("volume.list", 404, "{\"error\":\"why 404\"}"));
    assertTrue(err.toString().contains("is it another of its ports?"), err.toString());
  }

  @Test
  void wrongKeysAreNamedWithTheirPlace() throws IOException {
    codeOf("volume.list", 403, "InvalidAccessKeyId");
    assertTrue(err.toString().contains(" does not know the access key a (from test)"), err.toString());
    codeOf("volume.list", 403, "SignatureDoesNotMatch");
    assertTrue(err.toString().contains("the secret that was given with the access key a (from test) is not"),
        err.toString());
  }

  @Test
  @Timeout(30)
  void whoExpectsTlsWhereThereIsNoneIsTold() throws IOException {
    try (var server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> answerPlainly(server));
      URI endpoint = URI.create("https://127.0.0.1:" + server.getLocalPort());
      var session = new ShellSession(endpoint, () -> new AdminConnection(new AdminPlace(endpoint, "test",
          Optional.empty()), Optional.of(ClientTls.trustingAnybody()), new Credentials("a", "b", "test")));
      var shell = new Shell(session, new PrintWriter(out), new PrintWriter(err), Ansi.OFF, false);
      assertEquals(1, shell.run("volume.list"));
      assertEquals("hayloft: what answers at " + endpoint + " does not speak TLS: write http:// instead of https:// "
          + "(test)\n", err.toString());
    }
  }

  private static void answerPlainly(ServerSocket server) {
    while (!server.isClosed()) {
      try (var client = server.accept()) {
        client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII));
        client.shutdownOutput();
        client.getInputStream().readAllBytes();
      } catch (IOException _) { // the client went, or the test is over
        continue;
      }
    }
  }

  @Test
  void wrongCommandsAndOptionsAreRefusedWithHelp() {
    assertEquals(2, shell().run("volume.lst"));
    assertEquals(2, shell().run("volume.mark -volumeId x"));
    assertEquals(2, shell().run("fs.ls 'x"));
    assertTrue(err.toString().contains("help volume.mark says more"), err.toString());
    assertTrue(err.toString().contains("hayloft: no such command: volume.lst; did you mean volume.list?\n"),
        err.toString());
    assertEquals(2, shell().run("volume.vacuum -aply"));
    assertTrue(err.toString().contains("hayloft: no such option: -aply; did you mean -apply?\n"), err.toString());
    assertEquals(2, shell().run("volume.list oats"));
    assertTrue(err.toString().contains("hayloft: too much: oats\n"), err.toString());
    assertEquals(2, shell().run("wheelbarrow"));
    assertTrue(err.toString().contains("hayloft: no such command: wheelbarrow\nhelp lists"), err.toString());
    assertEquals(0, shell().run("help"));
    assertEquals(0, shell().run("help volume.mark"));
    assertTrue(out.toString().contains("-readonly"), out.toString());
  }

  @Test
  void everyCommandHasADescriptionAndJsonAndHelp() {
    Shell shell = shell();
    assertTrue(shell.names().size() > 28, "commands: " + shell.names());
    shell.commands().getSubcommands().forEach((name, command) -> {
      assertTrue(command.getCommandSpec().usageMessage().description().length > 0, name);
      if (!name.equals("help")) {
        assertTrue(command.getCommandSpec().findOption("--json") != null, name);
        assertEquals(0, shell.run(name + " --help"), name);
        for (OptionSpec option : command.getCommandSpec().options()) {
          assertTrue(option.description().length > 0, name + " " + option.longestName());
        }
      }
    });
  }

  @Test
  void onlyTheCommandsThatAreNamedArePutTogether() {
    assertEquals(Set.of("volume.list", "lock"), namesFor("lock; volume.list -json", "volume.list # again"));
    assertEquals(Set.copyOf(shell().names()), namesFor(), "of a prompt nobody knows what will be typed");
    assertEquals(Set.copyOf(shell().names()), namesFor("lock", "help"), "help lists all");
    assertEquals(Set.copyOf(shell().names()), namesFor("volume.lst"), "all may have been meant");
    assertEquals(Set.copyOf(shell().names()), namesFor("lock -reason 'x"));
    assertEquals(Set.copyOf(shell().names()), namesFor("--help"));
  }

  private Set<String> namesFor(String... lines) {
    var session = new ShellSession(URI.create("http://127.0.0.1:1"), () -> {
      throw new IOException("nobody asks");
    });
    return Set.copyOf(new Shell(session, new PrintWriter(out), new PrintWriter(err), Ansi.OFF, false, List.of(lines))
        .names());
  }

  @Test
  void commandsAndOptionsAreCompleted() {
    assertTrue(completed("volume.v").contains("volume.vacuum"), completed("volume.v").toString());
    assertEquals(List.of("-garbageThreshold"), completed("volume.vacuum -garb"));
    assertEquals(List.of("-garbageThreshold"), completed("lock; volume.vacuum -garb"));
    assertEquals(List.of("volume.list"), completed("lock ; volume.li"));
    assertEquals(List.of("volume.list"), completed("help volume.li"));
    List<String> options = completed("volume.vacuum -");
    assertTrue(options.containsAll(List.of("-apply", "-json", "-help", "-volumeId")), options.toString());
    assertEquals(options.size(), options.stream().map(name -> name.replaceFirst("^--", "-")).distinct().count(),
        "no option twice: " + options);
    assertEquals(List.of("--garbageThreshold"), completed("volume.vacuum --garb"));
  }

  private List<String> completed(String line) {
    var candidates = new ArrayList<Candidate>();
    var nobody = new ServerNames((_, _) -> {
      throw new IOException("no server");
    });
    Prompt.complete(shell(), nobody, new DefaultParser().parse(line, line.length(), Parser.ParseContext.COMPLETE),
        candidates);
    return candidates.stream().map(Candidate::value).toList();
  }
}
