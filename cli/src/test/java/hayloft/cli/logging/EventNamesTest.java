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
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Are the events that the documentation tells to watch those that the program logs?
final class EventNamesTest {

  private static final Path ROOT = Path.of("..");
  private static final Path PAGE = ROOT.resolve("docs/operations.md");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");
  /// As documents show it: in a line, or as what the log says.
  private static final Pattern SHOWN = Pattern
      .compile("(?:`(?=[\\w.]+ \\w+=)|[Tt]he log says `|in the log, `)([a-z]\\w*(?:\\.\\w+)+)");
  private static final Pattern LOGGED = Pattern
      .compile("\\bLOG(?:GER)?\\s*\\.(error|warning|info|debug)\\(\\s*\"([^\"]*)\"\\)");
  private static final Pattern COMPUTED = Pattern
      .compile("\\bLOG(?:GER)?\\s*\\.(?:error|warning|info|debug)\\((?!\\s*\"[^\"]*\"\\))");
  /// What is written past the loggers: by one class that stands over the standard streams, and by the launcher.
  private static final Pattern UNLOGGED = Pattern.compile("\\bEVENT = \"([^\"]+)\";|\"event\":\"([^\"]+)\"");
  private static final Path LAUNCHER = ROOT.resolve("hayloft");
  private static final Pattern DOTTED = Pattern.compile("[a-z][a-zA-Z0-9]*(\\.[a-z][a-zA-Z0-9]*)+");
  private static final Pattern STATEMENT = Pattern
      .compile("(?m)^ +LOG(?:GER)?\\.\\w+\\((?:\"(?:[^\"\\\\]|\\\\.)*+\"|[^\";])*+;");
  private static final Pattern DAMAGE = Pattern.compile("(?i)damage|lost|missing|unreadable");

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
        SHOWN.matcher(Files.readString(page)).results().map(found -> found.group(1)).forEach(names::add);
      }
    }
    assertTrue(names.size() > 5, names.toString());
    assertEquals(Set.of(), unknown(names));
  }

  /// Damage and loss are told to people in one place.
  @Test
  void everyErrorOfDamageOrLossIsInTheList() throws IOException {
    var missing = new TreeSet<String>();
    for (Logged event : logged()) {
      if (event.level.equals("error") && DAMAGE.matcher(event.name).find()) {
        missing.add(event.name);
      }
    }
    missing.removeAll(watched());
    assertEquals(Set.of(), missing);
  }

  /// One dialect: what begins a line is a word of the program's, with a dot in it.
  @Test
  void everyEventHasADottedNameThatStandsInTheSource() throws IOException {
    List<Logged> events = logged();
    assertTrue(events.size() > 200, events.size() + " found");
    var odd = new TreeSet<String>();
    events.stream().map(Logged::name).filter(name -> !DOTTED.matcher(name).matches()).forEach(odd::add);
    for (String source : sources()) {
      COMPUTED.matcher(source).results().map(found -> found.group() + "…").forEach(odd::add);
    }
    assertEquals(Set.of(), odd);
  }

  @Test
  void everyLineThatIsBegunIsSaid() throws IOException {
    var unsaid = new TreeSet<String>();
    for (String source : sources()) {
      STATEMENT.matcher(source).results().map(MatchResult::group).filter(text -> !text.contains(".say("))
          .forEach(unsaid::add);
    }
    assertEquals(Set.of(), unsaid);
  }

  @Test
  void everyEventThatIsToldPastTheLoggersIsInTheListToo() throws IOException {
    Set<String> names = unlogged();
    assertTrue(names.containsAll(Set.of("process.said", "launcher.said")), names::toString);
    var missing = new TreeSet<String>(names);
    missing.removeAll(watched());
    assertEquals(Set.of(), missing);
    assertEquals(Set.of(), names.stream().filter(name -> !DOTTED.matcher(name).matches()).collect(Collectors.toSet()));
  }

  /// A `|` in a cell would make two of it.
  @Test
  void everyRowHasThreeCells() throws IOException {
    assertEquals(List.of(), rows().stream().filter(row -> row.split("\\|", -1).length != 5).toList());
  }

  private static Set<String> unlogged() throws IOException {
    var names = new TreeSet<String>();
    List<String> texts = new ArrayList<>(sources());
    texts.add(Files.readString(LAUNCHER));
    for (String text : texts) {
      UNLOGGED.matcher(text).results().map(found -> found.group(1) == null ? found.group(2) : found.group(1))
          .forEach(names::add);
    }
    return names;
  }

  /// @param level as the method of [hayloft.common.log.EventLog] is called
  private record Logged(String level, String name) {}

  private static List<Logged> logged() throws IOException {
    List<Logged> events = new ArrayList<>();
    for (String source : sources()) {
      LOGGED.matcher(source).results().forEach(found -> events.add(new Logged(found.group(1), found.group(2))));
    }
    return events;
  }

  /// The first column of the table.
  private static Set<String> watched() throws IOException {
    var names = new TreeSet<String>();
    rows().forEach(line -> NAME.matcher(line.split("\\|")[1]).results().forEach(name -> names.add(name.group(1))));
    return names;
  }

  private static List<String> rows() throws IOException {
    String page = Files.readString(PAGE);
    return page.substring(page.indexOf("### Events to watch"), page.indexOf("## Stopping")).lines()
        .filter(line -> line.startsWith("| `")).toList();
  }

  private static Set<String> unknown(Set<String> names) throws IOException {
    var unknown = new TreeSet<String>(names);
    logged().stream().map(Logged::name).forEach(unknown::remove);
    unknown.removeAll(unlogged());
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
