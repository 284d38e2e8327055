package hayloft.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.config.ConfigFile.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigFileTest {

  private static final Path PATH = Path.of("h.yaml");

  private static Map<String, Entry> read(String text) throws WrongSettingException {
    return ConfigFile.parse(PATH, text).orRefused().entries();
  }

  @Test
  void keysAndListsAreReadWithTheirLines() throws WrongSettingException {
    assertEquals(
        Map.of("dir", new Entry(List.of("/a", "/b, c"), 2, true), "s3-port", new Entry(List.of("8333"), 5, false),
            "bind", new Entry(List.of(""), 6, false), "domain", new Entry(List.of("x", "y"), 7, true)),
        read("# comment\ndir:\n  - /a\n  - '/b, c'\ns3-port: 8333 # why\nbind: \"\"\ndomain: [x, y]\n"));
  }

  @Test
  void valuesStayTheTextThatWasWritten() throws WrongSettingException {
    Map<String, Entry> entries = read("a: 0x10\nb: 010\nc: 1e3\nd: yes\ne: 1_000\n");
    assertEquals(List.of("0x10", "010", "1e3", "yes", "1_000"),
        entries.values().stream().map(entry -> entry.values().getFirst()).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# only a comment\n", "---\n", "---\n...\n"})
  void anEmptyFileSaysNothing(String text) throws WrongSettingException {
    assertEquals(Map.of(), read(text));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"a: !!java.io.File /x | h.yaml:1: tags", "a: !x [b] | h.yaml:1: tags",
      "!!map {a: b} | h.yaml:1: tags", "a: &x b | h.yaml:1: anchors", "a: [&x b, *x] | h.yaml:1: anchors",
      "a: {b: c} | h.yaml:1: a has keys of its own", "a: [[b]] | h.yaml:1: a must be a list of plain values",
      "a: | h.yaml:1: a has no value", "a: null | h.yaml:1: a has no value", "a: [b, ~] | h.yaml:1: a has no value",
      "'a: 1\nb: 2\na: 3' | h.yaml:3: a is set already in line 1", "[a, b] | h.yaml:1: expected lines",
      "just words | h.yaml:1: expected lines", "'a: 1\n---\nb: 2' | h.yaml:2: a second document",
      "'a: 1\n b: 2' | h.yaml:2: not YAML", "'a: [1' | not YAML", "? [a] : b | h.yaml:1: a key must be a name",
      "'a: |\n  b\n  c' | h.yaml:1: a must be on one line"})
  void whatIsNoSettingIsRefusedWithItsLine(String text, String expected) {
    var refusal = assertThrows(WrongSettingException.class, () -> read(text));
    assertTrue(refusal.text().contains(expected), refusal.text());
  }

  @Test
  void oneWrongEntryDoesNotHideTheOthers() {
    ConfigFile.Outcome nested = ConfigFile.parse(PATH,
        "a: {b: {c: [1]}}\ns3-port: 1\n? [x] : y\nb: &z 1\ns3-port: 2\nc:\nd: [1, [2]]\nlast: 3\n");
    assertEquals(Set.of("s3-port", "last"), nested.file().entries().keySet());
    assertEquals(List.of("h.yaml:1: a has keys of its own; settings are not nested", "h.yaml:3: a key must be a name",
        "h.yaml:4: anchors and aliases (& and *) are not allowed", "h.yaml:5: s3-port is set already in line 2",
        "h.yaml:6: c has no value; leave the line out to have the default",
        "h.yaml:7: d must be a list of plain values"), nested.wrong());
  }

  @Test
  void aLineThatIsNoYamlHidesNoOther() {
    ConfigFile.Outcome broken = ConfigFile.parse(PATH,
        "# head\ndir:\n- /a\njust words\ns3-port: 1\n\nbind: [1\nregion: 'x\nusers: @x\nc: {d: e}\ns3-port: 2\n");
    assertEquals(Set.of("dir", "s3-port"), broken.file().entries().keySet());
    assertEquals(new Entry(List.of("1"), 5, false), broken.file().entries().get("s3-port"));
    List<String> wrong = broken.wrong();
    assertEquals(List.of("h.yaml:4: expected lines of the form key: value",
        "h.yaml:10: c has keys of its own; settings are not nested", "h.yaml:11: s3-port is set already in line 5"),
        wrong.stream().filter(line -> !line.contains("not YAML")).toList());
    assertEquals(3, wrong.stream().filter(line -> line.contains("not YAML")).count(), wrong::toString);
  }

  @Test
  void aFileThatCannotBeReadIsToldInASentence(@TempDir Path temp) throws IOException {
    var directory = assertThrows(WrongSettingException.class, () -> ConfigFile.read(temp));
    assertEquals("the configuration file " + temp + " is a directory. Name the file in it", directory.text());
    Path round = Files.createSymbolicLink(temp.resolve("round"), Path.of("round"));
    var loop = assertThrows(WrongSettingException.class, () -> ConfigFile.read(round));
    assertTrue(loop.text().startsWith("the configuration file " + round + " cannot be read: "), loop.text());
    assertFalse(loop.text().contains("Exception"), loop.text());
  }
}
