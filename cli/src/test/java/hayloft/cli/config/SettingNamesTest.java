package hayloft.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// Do the pages and the files of packages name settings, ports and paths that there are?
final class SettingNamesTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern VARIABLE = Pattern.compile("\\bHAYLOFT_[A-Z0-9_]+\\b");
  private static final Pattern SERVER_LINE = Pattern.compile("(?m)^[^\n]*hayloft server (?:[^\n]*\\\\\n)*[^\n]*$");
  private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]+");
  private static final Pattern PLACE = Pattern
      .compile("(?<![\\w./])/(?:etc|var/lib|var/log|usr/share/doc)/hayloft[\\w.-]*");
  /// What the package makes, or its service's directories.
  private static final Set<String> PLACES = Set.of("/etc/hayloft", "/var/lib/hayloft", "/var/log/hayloft",
      "/usr/share/doc/hayloft");
  /// Not settings: of the images, of Prometheus' compose file, examples of Kubernetes, of tests.
  private static final Set<String> OTHERS = Set.of("HAYLOFT_IMAGE", "HAYLOFT_DATA", "HAYLOFT_ENV_FILE",
      "HAYLOFT_PUBLISH", "HAYLOFT_PULL");

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    for (String folder : List.of("docs", "deploy")) {
      try (Stream<Path> below = Files.walk(ROOT.resolve(folder))) {
        below.filter(Files::isRegularFile).filter(file -> !file.toString().contains("/target/")).forEach(files::add);
      }
    }
    return files;
  }

  private static Set<String> found(Pattern pattern) throws IOException {
    Set<String> found = new TreeSet<>();
    for (Path file : files()) {
      try {
        pattern.matcher(Files.readString(file)).results().forEach(one -> found.add(one.group()));
      } catch (MalformedInputException _) {
        continue; // a picture
      }
    }
    return found;
  }

  @Test
  void everyVariableThatIsNamedIsOne() throws IOException {
    CommandLine program = Hayloft.commandLine(Map.of(), Path.of("/nowhere"));
    Set<String> unknown = found(VARIABLE);
    assertTrue(unknown.size() > 20, unknown::toString);
    Settings.of(program).keys()
        .forEach(key -> unknown.remove(Settings.PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_')));
    unknown.removeAll(Variables.names());
    unknown.removeAll(OTHERS);
    assertEquals(Set.of(), unknown);
  }

  @Test
  void everyFlagOfAServerThatIsShownIsOne() throws IOException {
    CommandLine server = Objects
        .requireNonNull(Hayloft.commandLine(Map.of(), Path.of("/nowhere")).getSubcommands().get("server"));
    Set<String> unknown = new TreeSet<>();
    int flags = 0;
    for (String line : found(SERVER_LINE)) {
      Matcher flag = FLAG.matcher(line.substring(line.indexOf("hayloft server")).replaceAll("#.*|\\|.*|`[^`]*`", ""));
      while (flag.find()) {
        flags++;
        if (server.getCommandSpec().findOption(flag.group()) == null) {
          unknown.add(flag.group() + " in " + line.strip());
        }
      }
    }
    int count = flags;
    assertTrue(count > 5, () -> "only " + count);
    assertEquals(Set.of(), unknown);
  }

  @Test
  void everyPlaceOfThePackageIsOneThatItMakes() throws IOException {
    Set<String> unknown = found(PLACE);
    assertTrue(unknown.size() > 2, unknown::toString);
    unknown.removeAll(PLACES);
    assertEquals(Set.of(), unknown);
    String unit = Files.readString(ROOT.resolve("deploy/deb/hayloft.service"));
    assertTrue(unit.contains("StateDirectory=hayloft\n") && unit.contains("LogsDirectory=hayloft\n"), unit);
  }
}
