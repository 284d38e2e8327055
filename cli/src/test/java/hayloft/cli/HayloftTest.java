package hayloft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import hayloft.cli.config.SettingGroup;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the program as a whole answers.
final class HayloftTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(arguments);
  }

  @Test
  void theVersionNamesTheBuildAndTheJava() {
    assertEquals(0, run("--version"));
    assertTrue(out.toString().matches("hayloft \\S+( \\([0-9A-Za-z.-]+\\))?, Java \\Q" + Runtime.version() + "\\E\n"),
        out.toString());
  }

  @Test
  void theCompletionKnowsCommandsAndOptions() {
    assertEquals(0, run("completion"));
    for (String word : new String[]{"server", "bench", "config", "cert", "--tls-cert", "--s3-port", "--durability",
        "complete "}) {
      assertTrue(out.toString().contains(word), word);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"put", "PUT", "Get", "mixed"})
  void workloadsAreHeardInAnyCase(String workload) {
    assertEquals(2, run("bench", workload));
    assertTrue(err.toString().contains("no credentials"), err.toString());
  }

  @Test
  void anEndpointThatNobodyListensOnIsOneLine() throws IOException {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    assertEquals(1, runAlone(Map.of("HAYLOFT_SECRET_KEY", "b"), "bench", "put", "--access-key", "a", "--endpoint",
        "http://127.0.0.1:" + port));
    assertTrue(err.toString().matches("hayloft: no store can be reached at \\S+" + port + "\\. Start it, .*\n"),
        err.toString());
  }

  @Test
  void secretsOnTheCommandLineAreRefused() {
    for (String[] given : new String[][]{{"bench", "put", "--secret-key", "hidden"},
        {"bench", "put", "--versus", "http://127.0.0.1:1", "--versus-secret-key", "hidden"},
        {"audit", "--log", "l", "--secret-key=hidden"}, {"server", "--dir", "d", "--metrics-token", "hidden"},
        {"config", "show", "--metrics-token", "hidden"},
        {"shell", "-c", "cluster.status", "-c", "s3.user.create me -accessKey abc -secretKey hidden"},
        {"shell", "-c", "s3.accesskey.create me --secretKey='hidden'"}}) {
      err.getBuffer().setLength(0);
      assertEquals(2, run(given), err.toString());
      assertTrue(err.toString().contains("is not taken from "), err.toString());
      assertFalse(err.toString().contains("hidden"), err.toString());
    }
  }

  @Test
  void anUnknownWorkloadIsRefusedWithWhatIsAllowed() {
    assertEquals(2, run("bench", "read"));
    assertTrue(err.toString().contains("WORKLOAD must be one of put, get, head, list, delete, mixed, got read"),
        err.toString());
  }

  private int runAlone(Map<String, String> environment, String... arguments) {
    return Hayloft.commandLine(environment, Path.of("/nowhere"), Hayloft.neededFor(arguments))
        .setErr(new PrintWriter(err, true)).execute(arguments);
  }

  @Test
  void aCommandThatIsPutTogetherAloneKnowsTheSettingsOfTheOthers() throws IOException {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    String[] health = {"health", "--s3-port", Integer.toString(port)};
    assertEquals(Set.of("health"), Hayloft.neededFor(health));
    assertEquals(1, runAlone(Map.of("HAYLOFT_ENDPOINT", "http://127.0.0.1:1"), health), err.toString());
    assertEquals(2, runAlone(Map.of("HAYLOFT_ENDPONT", "http://127.0.0.1:1"), health));
    assertTrue(
        err.toString().contains("HAYLOFT_ENDPONT is no variable that Hayloft knows; did you mean HAYLOFT_ENDPOINT"),
        err.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"config", "completion", "--help", "sever"})
  void whatAsksAboutAllCommandsHasThem(String first) {
    assertTrue(Hayloft.neededFor(new String[]{first}).containsAll(Set.of("server", "shell", "cert", "completion")));
  }

  @Test
  void configShowRefusesWhatDoesNotGoTogether() {
    assertEquals(2, run("config", "show", "--dir", "a", "--s3-port", "9333"));
    assertTrue(err.toString().contains("master-port and s3-port must differ, both are 9333"), err.toString());
    assertEquals(0, run("config", "show"));
  }

  @Test
  void configShowTellsWhoGetsWhichPartOfTheMemory(@TempDir Path directory) throws IOException {
    String file = Files.writeString(directory.resolve("hayloft.yaml"), "memory: 300MiB\n").toString();
    assertEquals(0, run("config", "show", "--memory", "--config", file));
    assertTrue(out.toString().startsWith("memory: 300 MiB (as configured)\n\nheap "), out.toString());
    assertEquals(0, run("config", "show", "--memory", "400MiB", "--config", file));
    assertTrue(out.toString().matches("(?s).*\nmemory +400MiB +flag\n.*"), out.toString());
    assertEquals(2, run("config", "show", "--memory=1MiB", "--dir", "a"));
    assertTrue(err.toString().contains("--memory must be at least 256 MiB"), err.toString());
  }

  @Test
  void whoeverShowsOrChecksTheConfigurationKnowsEverySettingOfTheServer() {
    CommandLine program = Hayloft.commandLine(Map.of(), Path.of("/nowhere"));
    CommandLine doctor = sub(program, "doctor");
    Set<String> known = settings(sub(program, "server"));
    assertTrue(known.containsAll(Set.of("--s3-port", "--admin-port", "--scrub-rate", "--otlp-endpoint", "--log-level")),
        known::toString);
    assertEquals(known, settings(sub(sub(program, "config"), "show")));
    assertEquals(known, settings(doctor));
    assertEquals(known, settings(sub(doctor, "bundle")));
  }

  private static CommandLine sub(CommandLine command, String name) {
    return Objects.requireNonNull(command.getSubcommands().get(name));
  }

  private static Set<String> settings(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .filter(option -> option.userObject() instanceof Field field
            && field.getDeclaringClass().isAnnotationPresent(SettingGroup.class))
        .map(OptionSpec::longestName).collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--memory=1", "--memory", "--s3-port=9333", "--admin-port=8333", "--tls-cert=x",
      "--admin-log=", "--admin-log=/", "--access-log=/nowhere/x", "--access-log=/", "--scrub-period=x"})
  void settingsThatCannotBeAreRefusedByEveryCommandThatHasThem(String setting, @TempDir Path temp) {
    String store = temp.resolve("data").toString();
    for (List<String> command : List.of(List.of("server", "--exit-when-ready", "--dir", store), List.of("doctor"),
        List.of("doctor", "bundle", "--to", "/nowhere/x"), List.of("config", "show"))) {
      if (command.contains("show") && setting.equals("--memory")) {
        continue; // a question there
      }
      List<String> arguments = new ArrayList<>(command);
      arguments.add(setting);
      assertEquals(2, run(arguments.toArray(String[]::new)), arguments + ": " + err);
    }
  }

  @Test
  void aFileWhoseSettingsContradictEachOtherIsFoundOut(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("hayloft.yaml");
    Files.writeString(file, "admin-port: 8333\nscrub-rate: 1MiB\nlog-format: json\n");
    assertEquals(2, run("config", "check", file.toString()));
    assertEquals("hayloft: " + file + ": admin-port and s3-port must differ, both are 8333\n", err.toString());
    Files.writeString(file, "admin-port: 1\n");
    assertEquals(0, run("config", "check", file.toString()), err.toString());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"serv | no such command: serv; did you mean server?",
      "config chek | no such command: chek; did you mean check?", "config show x | too much: x",
      "server --s3-prt 1 | no such option: --s3-prt; did you mean --s3-port?",
      "doctor --secretkey=hidden | no such option: --secretkey",
      "help serv | no such command: serv; did you mean server?",
      "help config chek | no such command: chek; did you mean check?", "config | show or check?",
      "'' | which command?"})
  void whatWasProbablyMeantIsSaid(String given, String expected) {
    assertEquals(2, run(given.isEmpty() ? new String[0] : given.split(" ")));
    assertTrue(err.toString().startsWith("hayloft: " + expected), err.toString());
    assertFalse(err.toString().contains("hidden"), err.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "server", "config check"})
  void helpIsWhatTheOptionSays(String command) {
    assertEquals(0, run(("help " + command).strip().split(" ")));
    String said = out.toString();
    assertTrue(said.contains("Usage: hayloft " + command) || said.contains("hayloft " + command), said);
    out.getBuffer().setLength(0);
    assertEquals(0, run((command + " --help").strip().split(" ")));
    assertEquals(out.toString(), said);
  }

  @Test
  void aBugIsToldInWordsAndKeptInAFile() throws IOException {
    Bug.tell(new IllegalStateException("inside"), "hayloft audit", new PrintWriter(err, true));
    String said = err.toString();
    assertFalse(said.contains("Exception") || said.contains("\tat "), said);
    Path file = Path.of(said.substring(said.indexOf("is in ") + "is in ".length(), said.indexOf(". Please")));
    assertTrue(Files.readString(file).contains("IllegalStateException: inside"));
    Files.delete(file);
  }
}
