package hayloft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Sources fit on a screen, nothing in them is there for the formatter alone, and no test has a name that hides it.
final class LinesTest {

  private static final int MOST_CHARS = 120;
  private static final Path ROOT = Path.of("..");

  private static List<String> faults(String file, List<String> lines) {
    var faults = new ArrayList<String>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String where = file + ":" + (i + 1);
      if (line.codePointCount(0, line.length()) > MOST_CHARS) {
        faults.add(where + " has more than " + MOST_CHARS + " characters");
      }
      if (line.contains("@Tag(\"linch" + "eck\")") && !file.endsWith("LincheckTest.java")) {
        faults.add(where + " is run by nothing: pom.xml finds these tests by LincheckTest in their names");
      }
      if (line.endsWith(" //") || line.contains("@format" + "ter:")) {
        faults.add(where + " has a comment mark that says nothing");
      }
    }
    return faults;
  }

  @Test
  void sourcesFitOnAScreen() throws IOException {
    var faults = new ArrayList<String>();
    int seen = 0;
    for (String part : List.of("main", "test")) {
      try (Stream<Path> modules = Files.list(ROOT)) {
        for (Path sources : modules.map(module -> module.resolve("src").resolve(part).resolve("java"))
            .filter(Files::isDirectory).toList()) {
          try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".java")).toList()) {
              faults.addAll(faults(file.toString(), Files.readAllLines(file)));
              seen++;
            }
          }
        }
      }
    }
    assertEquals(List.of(), faults);
    assertTrue(seen > 1000, "too few sources were found");
  }

  @Test
  void whatDoesNotFitIsFound() {
    assertEquals(List.of(), faults("A.java", List.of("…".repeat(120), "a", "/// b")));
    assertEquals(List.of("A.java:1 has more than 120 characters"), faults("A.java", List.of("a".repeat(121))));
    assertEquals(List.of("A.java:2 has a comment mark that says nothing"),
        faults("A.java", List.of("a", "call(one, " + "//")));
    String tag = "@Tag(\"linch" + "eck\")";
    assertEquals(List.of(), faults("ALincheckTest.java", List.of(tag)));
    assertEquals(List.of("A.java:1 is run by nothing: pom.xml finds these tests by LincheckTest in their names"),
        faults("A.java", List.of(tag)));
  }
}
