package hayloft.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ParameterException;

/// Flags, environment, file, defaults: which one counts, and how wrong ones are refused.
final class ConfigurationTest {

  @TempDir
  private Path directory = Path.of("");

  private TestProgram program() {
    return new TestProgram(directory.resolve("system.yaml"));
  }

  private Path file(String... lines) throws IOException {
    return Files.write(directory.resolve("test.yaml"), List.of(lines));
  }

  private String withFile(String... lines) throws IOException {
    return program().refused("--config", file(lines).toString());
  }

  private static String source(TestProgram.Run run, String key) {
    return run.configuration().settings().stream().filter(setting -> setting.key().equals(key)).findFirst()
        .map(setting -> String.join(",", setting.values()) + " " + setting.source().text()).orElseThrow();
  }

  @Test
  void theDefaultCountsIfNothingElseIsSaid() {
    TestProgram.Run run = program().runs();
    assertEquals(8333, run.port());
    assertEquals("8333 default", source(run, "port"));
    assertEquals(List.of(), run.hosts());
    assertEquals(" default", source(run, "host"));
  }

  @Test
  void flagsWinOverTheEnvironmentAndThatOverTheFile() throws IOException {
    TestProgram program = program();
    String file = file("# a comment", "port: 1", "host: [a, b]").toString();
    TestProgram.Run run = program.runs("--config", file);
    assertEquals(1, run.port());
    assertEquals("1 " + file + ":2", source(run, "port"));
    assertEquals(List.of("a", "b"), run.hosts());

    program.environment.put("HAYLOFT_PORT", "2");
    program.environment.put("HAYLOFT_HOST", "c, d,e");
    run = program.runs("--config", file);
    assertEquals(2, run.port());
    assertEquals("2 HAYLOFT_PORT", source(run, "port"));
    assertEquals(List.of("c", "d", "e"), run.hosts(), "a list is replaced, not added to");

    run = program.runs("--config", file, "--port", "3", "--host", "f", "--host=g");
    assertEquals(3, run.port());
    assertEquals("3 flag", source(run, "port"));
    assertEquals(List.of("f", "g"), run.hosts());
    assertEquals("f,g flag", source(run, "host"));
  }

  @Test
  void theFileIsNamedByFlagThenVariableThenPlace() throws IOException {
    TestProgram program = program();
    Files.writeString(directory.resolve("system.yaml"), "port: 1\n");
    assertEquals(1, program.runs().port());
    program.environment.put("HAYLOFT_CONFIG", Files.writeString(directory.resolve("v.yaml"), "port: 2").toString());
    assertEquals(2, program.runs().port());
    TestProgram.Run run = program.runs("--config", file("port: 3").toString());
    assertEquals(3, run.port());
    assertEquals(directory.resolve("test.yaml"), run.configuration().file().orElseThrow());
  }

  @Test
  void aSwitchThatBothFileAndFlagTurnOnIsOn() throws IOException {
    String file = file("strict: true").toString();
    assertTrue(program().runs("--config", file).strict());
    assertTrue(program().runs("--config", file, "--strict").strict());
    assertFalse(program().runs("--config", file, "--strict=false").strict());
    TestProgram program = program();
    program.environment.put("HAYLOFT_STRICT", "false");
    assertFalse(program.runs("--config", file).strict());
    assertFalse(program.runs().strict());
    assertTrue(program.runs("--strict").strict());
  }

  @Test
  void valuesArriveAsTheyWereWritten() throws IOException {
    String odd = "a${HOME}b${env:PATH}c$$d$e$$${x}$%s,e \\ \"f\"";
    assertEquals(odd, program().runs("--config", file("note: '" + odd + "'").toString()).note());
    TestProgram program = program();
    program.environment.put("HAYLOFT_NOTE", odd);
    assertEquals(odd, program.runs().note());
    assertEquals(odd, program().runs("--note", odd).note());
    assertEquals(List.of(Path.of("/a,b"), Path.of("c d")),
        program().runs("--config", file("path:", "  - /a,b", "  - c d").toString()).paths());
    assertEquals(List.of(Path.of("/a,b")), program().runs("--path", "/a,b").paths());
  }

  @Test
  void choicesAreHeardInAnyCase() throws IOException {
    assertEquals(TestProgram.Speed.FAST, program().runs("--speed", "fast").speed());
    assertEquals(TestProgram.Speed.FAST, program().runs("--speed", "Fast").speed());
    assertEquals("--speed must be one of slow, fast, got medium", program().refused("--speed", "medium"));
    assertEquals(directory + "/test.yaml:1: speed must be one of slow, fast, got medium", withFile("speed: medium"));
  }

  @Test
  void aWrongValueIsRefusedUnderTheNameThatWasWritten() throws IOException {
    String must = " must be a port from 0 to 65535, got ";
    assertEquals("--port" + must + "70000", program().refused("--port", "70000"));
    assertEquals(directory + "/test.yaml:2: port" + must + "-1", withFile("strict: false", "port: -1"));
    TestProgram program = program();
    program.environment.put("HAYLOFT_PORT", "abc");
    assertEquals("HAYLOFT_PORT" + must + "abc", program.refused());
    assertEquals("HAYLOFT_PORT" + must + "abc", program.refused("--config", file("port: 1").toString()));
    assertEquals(7, program.runs("--port", "7").port(), "what is overruled need not be right");
    assertEquals(directory + "/test.yaml:1: strict must be true or false, got yes", withFile("strict: yes"));
    assertEquals(directory + "/test.yaml:1: port takes one value, not a list", withFile("port: [1, 2]"));
  }

  @Test
  void unknownNamesAreAllRefusedWithTheNearestKnownOne() throws IOException {
    assertEquals(directory + "/test.yaml:1: prt is no setting; did you mean port?\n" + directory
        + "/test.yaml:3: completely-different is no setting", withFile("prt: 1", "port: 2", "completely-different: 3"));
    TestProgram program = program();
    program.environment.putAll(Map.of("HAYLOFT_HOSTS", "x", "HAYLOFT_JAVA_HOME", "/jdk", "OTHER", "y"));
    assertEquals("HAYLOFT_HOSTS is no variable that Hayloft knows; did you mean HAYLOFT_HOST?", program.refused());
    assertTrue(withFile("size: 7").contains("size is no setting"), "an option that is only a flag");
    assertTrue(withFile("config: other.yaml").contains("config is no setting"));
  }

  @Test
  void anEmptyVariableIsNotSet() {
    TestProgram program = program();
    program.environment.putAll(Map.of("HAYLOFT_PORT", "", "HAYLOFT_NONSENSE", "", "HAYLOFT_CONFIG", ""));
    assertEquals(8333, program.runs().port());
  }

  @Test
  void variablesThatKubernetesMakesForServicesAreLeftAlone() {
    TestProgram program = program();
    program.environment.putAll(Map.of("HAYLOFT_PORT", "tcp://10.0.0.7:8333", "HAYLOFT_SERVICE_HOST", "10.0.0.7",
        "HAYLOFT_SERVICE_PORT_S3", "8333", "HAYLOFT_PORT_8333_TCP_ADDR", "10.0.0.7", "HAYLOFT_X_SERVICE_PORT", "1"));
    assertEquals(8333, program.runs().port());
  }

  @Test
  void helpIsGivenWhateverTheFileSays() throws IOException {
    Files.writeString(directory.resolve("system.yaml"), "port: wrong");
    assertEquals(0, program().help());
  }

  @Test
  void aMissingFileIsNamed() {
    assertTrue(program().refused("--config", "/nowhere.yaml").contains("there is no configuration file /nowhere.yaml"));
  }

  @Test
  void aSecretInAFileThatOthersReadIsRefused() throws IOException {
    Path file = file("access-key: a", "secret-key: b");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    String said = program().refused("--config", file.toString());
    assertTrue(said.contains(":2: secret-key is a secret") && said.contains("chmod 600"), said);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertEquals(8333, program().runs("--config", file.toString()).port());
  }

  @Test
  void aSecretOnTheCommandLineIsRefusedWithWhatToDoAndNotRepeated() {
    for (String[] given : List.of(new String[]{"--secret-key", "hidden"}, new String[]{"--secret-key=hidden"})) {
      String said = program().refused(given);
      assertTrue(said.contains("set the variable HAYLOFT_SECRET_KEY, or write secret-key into"), said);
      assertFalse(said.contains("hidden"), said);
    }
  }

  @Test
  void theTableMasksSecrets() {
    TestProgram program = program();
    program.environment.putAll(Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD", "hidden1",
        "HAYLOFT_STORE_KEY", "hidden2", "HAYLOFT_SECRET_KEY", "hidden3", "HAYLOFT_ACCESS_KEY", "shown"));
    var table = new ConfigTable(program.runs("--host", "a", "--host", "b").configuration());
    var text = new StringWriter();
    table.print(new PrintWriter(text, true));
    table.printJson(new PrintWriter(text, true));
    String said = text.toString();
    assertFalse(said.contains("hidden"), said);
    assertTrue(said.lines().anyMatch(line -> line.matches("host +a,b +flag")), said);
    assertTrue(said.lines().anyMatch(line -> line.matches("secret-key +\\*{8} +HAYLOFT_SECRET_KEY")), said);
    assertTrue(said.lines().anyMatch(line -> line.matches("HAYLOFT_ROOT_USER +me +environment")), said);
    assertTrue(said.lines().anyMatch(line -> line.matches("HAYLOFT_STORE_KEY +\\*{8} +environment")), said);
    assertTrue(said.contains("\"values\" : [ \"a\", \"b\" ]"), said);
  }

  @Test
  void aConfigurationIsReadAgain() throws IOException {
    TestProgram.Run run = program().runs("--config", file("port: 1").toString(), "--host", "a");
    file("port: 2");
    TestProgram.Run again = (TestProgram.Run) run.configuration().reread();
    assertEquals("2 [a] 1", again.port() + " " + again.hosts() + " " + run.port());
    assertEquals("2 " + directory + "/test.yaml:1", source(again, "port"));
    file("port: wrong");
    var refusal = assertThrows(ParameterException.class, run.configuration()::reread);
    assertTrue(Configuration.refusal(refusal).contains("must be a port"), Configuration.refusal(refusal));
  }

  @Test
  void aFileIsCheckedAlone() throws IOException {
    assertEquals("0\n" + directory + "/test.yaml: 2 settings, nothing wrong\n",
        program().checked(file("port: 1", "host: [a]")));
    TestProgram program = program();
    program.environment.put("HAYLOFT_PORT", "wrong");
    assertTrue(program.checked(file("port: 1")).startsWith("0\n"), "the environment does not matter");
    assertEquals("2\nhayloft: " + directory + "/test.yaml:1: port must be a port from 0 to 65535, got x\nhayloft: "
        + directory + "/test.yaml:2: speed must be one of slow, fast, got y\n",
        program.checked(file("port: x", "speed: y", "host: a")), "every wrong value is named");
    String said = program.checked(file("prt: 1", "port: x"));
    assertTrue(said.contains(":1: prt is no setting; did you mean port?\n"), said);
    assertTrue(said.startsWith("2\n") && said.contains(":2: port must be a port"), said);
    assertEquals("2\nhayloft: " + directory
        + "/test.yaml:1: port has keys of its own; settings are not nested\nhayloft: " + directory
        + "/test.yaml:3: speed is set already in line 2\nhayloft: " + directory
        + "/test.yaml:4: prt is no setting; did you mean port?\nhayloft: " + directory
        + "/test.yaml:2: speed must be one of slow, fast, got y\n",
        program.checked(file("port: {a: b}", "speed: y", "speed: z", "prt: 1")), "in one run");
    assertTrue(program.checked(Path.of("/nowhere.yaml")).startsWith("2\nhayloft: there is no configuration file"));
  }
}
