package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Are the events that the documentation tells to watch those that the program logs?
final class EventNamesTest {

  private static final Path ROOT = Path.of("..");
  private static final Path PAGE = ROOT.resolve("docs/operations.md");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");
  private static final Pattern EVENT = Pattern.compile("event=([\\w.-]+)");

  @Test
  void everyEventThatIsToBeWatchedIsLogged() throws IOException {
    Set<String> names = watched();
    assertTrue(names.size() > 20, names.toString());
    assertEquals(Set.of(), unknown(names));
  }

  @Test
  void everyEventThatADocumentNamesIsLogged() throws IOException {
    var names = new TreeSet<String>();
    try (Stream<Path> pages = Files.list(PAGE.getParent())) {
      for (Path page : pages.filter(file -> file.toString().endsWith(".md")).toList()) {
        EVENT.matcher(Files.readString(page)).results().map(found -> found.group(1)).forEach(names::add);
      }
    }
    names.remove("NAME"); // how a line begins
    assertTrue(names.size() > 5, names.toString());
    assertEquals(Set.of(), unknown(names));
  }

  /// Damage and loss are told to people in one place.
  @Test
  void everyErrorOfDamageOrLossIsInTheList() throws IOException {
    var missing = new TreeSet<String>();
    Matcher logged = Pattern
        .compile("Level\\.ERROR,\\s*\"(?:event=)?([\\w.-]*(?:damage|lost|missing|unreadable)[\\w.-]*)")
        .matcher(String.join("\n", sources()));
    while (logged.find()) {
      missing.add(logged.group(1));
    }
    missing.removeAll(watched());
    assertEquals(Set.of(), missing);
  }

  /// The first column of the table.
  private static Set<String> watched() throws IOException {
    String page = Files.readString(PAGE);
    String section = page.substring(page.indexOf("### Events to watch"), page.indexOf("## Stopping"));
    var names = new TreeSet<String>();
    section.lines().filter(line -> line.startsWith("| `"))
        .forEach(line -> NAME.matcher(line.split("\\|")[1]).results().forEach(name -> names.add(name.group(1))));
    return names;
  }

  private static Set<String> unknown(Set<String> names) throws IOException {
    List<String> sources = sources();
    var unknown = new TreeSet<String>();
    for (String name : names) {
      Pattern begin = Pattern.compile("\"(?:event=)?" + Pattern.quote(name) + "[ ,\"]");
      if (sources.stream().noneMatch(source -> begin.matcher(source).find())) {
        unknown.add(name);
      }
    }
    return unknown;
  }

  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT, 20)) {
      List<String> sources = new ArrayList<>();
      for (Path file : files.filter(file -> file.toString().endsWith(".java") && file.toString().contains("/src/main/"))
          .toList()) {
        sources.add(Files.readString(file));
      }
      return sources;
    }
  }
}
