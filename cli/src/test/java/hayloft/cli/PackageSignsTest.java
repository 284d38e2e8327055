package hayloft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each package has a sign on its door: a `package-info.java` that says what it is for, and that it is null-marked.
/// Tests stand behind their package's sign; a package of tests alone has one of its own.
final class PackageSignsTest {

  private static final Path ROOT = Path.of("..");
  private static final String SIGN = "package-info.java";
  private static final Pattern WORDS = Pattern.compile("\\A/// \\S.*\n(?:///.*\n)*@(Null(?:Unm|M)arked)\npackage ");

  @TempDir
  private Path temp = Path.of("");

  /// Packages with classes below a folder of sources.
  private static Set<Path> packages(Path sources) throws IOException {
    var found = new TreeSet<Path>();
    if (Files.isDirectory(sources)) {
      try (Stream<Path> files = Files.walk(sources)) {
        files.filter(file -> file.toString().endsWith(".java") && !file.endsWith(SIGN))
            .forEach(file -> found.add(sources.relativize(file).getParent()));
      }
    }
    return found;
  }

  /// What is wrong with the sign on a package's door; empty if nothing is.
  private static String fault(Path folder, boolean isOfTests) throws IOException {
    Path sign = folder.resolve(SIGN);
    if (!Files.exists(sign)) {
      return "no sign: " + folder;
    }
    var words = WORDS.matcher(Files.readString(sign));
    if (!words.find()) {
      return "a sign that does not say what the package is for, and that it is null-marked: " + sign;
    }
    return isOfTests || "NullMarked".equals(words.group(1)) ? "" : "not null-marked: " + sign;
  }

  private static Set<String> faults(Path root) throws IOException {
    var faults = new TreeSet<String>();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.toList()) {
        Path main = module.resolve("src/main/java");
        Path tests = module.resolve("src/test/java");
        for (Path name : packages(main)) {
          faults.add(fault(main.resolve(name), false));
        }
        for (Path name : packages(tests)) {
          boolean isBehindASign = Files.exists(main.resolve(name).resolve(SIGN));
          if (!isBehindASign || Files.exists(tests.resolve(name).resolve(SIGN))) {
            faults.add(fault(tests.resolve(name), true));
          }
        }
      }
    }
    faults.remove("");
    return faults;
  }

  @Test
  void everyPackageHasItsSign() throws IOException {
    assertEquals(Set.of(), faults(ROOT));
    assertTrue(packages(ROOT.resolve("cli/src/main/java")).size() > 5);
    assertFalse(packages(ROOT.resolve("jmh/src/main/java")).isEmpty());
  }

  @Test
  void aSignIsMissedWhereThereIsNone() throws IOException {
    Path house = Files.createDirectories(temp.resolve("room/src/main/java/house"));
    Path tests = Files.createDirectories(temp.resolve("room/src/test/java/house"));
    Path alone = Files.createDirectories(temp.resolve("room/src/test/java/house/alone"));
    for (Path folder : new Path[]{house, tests, alone}) {
      Files.writeString(folder.resolve("A.java"), "class A {}\n");
    }
    assertEquals(3, faults(temp).size());
    Files.writeString(alone.resolve(SIGN), "/// Tests.\n@NullUnmarked\npackage house.alone;\n");
    for (String sign : new String[]{"package house;\n", "@NullMarked\npackage house;\n",
        "/// A house.\npackage house;\n",
        "///\n@NullMarked\npackage house;\n", "/// A house.\n@NullUnmarked\npackage house;\n"}) {
      Files.writeString(house.resolve(SIGN), sign);
      assertEquals(1, faults(temp).size(), sign);
    }
    Files.writeString(house.resolve(SIGN), "/// A house.\n///\n/// Belongs here: A.\n@NullMarked\npackage house;\n");
    assertEquals(Set.of(), faults(temp));
  }
}
