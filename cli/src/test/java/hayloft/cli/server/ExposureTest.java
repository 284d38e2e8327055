package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// What of a store others can get at.
final class ExposureTest {

  private static final Pattern MAKES_FILES = Pattern.compile(
      "FileChannel\\.open\\([^;]*CREATE|\\bFiles\\.(createDirector|createFile|newOutputStream|newBufferedWriter|write)"
          + "|new FileOutputStream\\((?!java\\.io\\.FileDescriptor)|new PrintWriter\\(\"");
  /// What is for everybody: certificates, and a report with no data of users in it; who makes them says so.
  private static final Set<String> FOR_EVERYBODY = Set.of("CertCreate.java", "HalfWritten.java");

  @TempDir
  private Path temp = Path.of("");

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  private List<Exposure> exposed(String... arguments) throws IOException {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
    return Exposure.of(parsed.options.config(Map.of()), parsed.options.secretFiles());
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void aDirectoryThatIsOpenToAnybodyElseIsToldWithTheCommandThatEndsIt() throws IOException {
    permit(temp, "rwxr-xr-x");
    Path store = Files.createDirectory(temp.resolve("store"));
    permit(store, "rwx------");
    assertEquals(List.of(), exposed("--dir", store.toString()));
    for (String open : List.of("rwxr-xr-x", "rwxr-x---", "rwx-----x", "rwx--x---")) {
      permit(store, open);
      assertEquals(List.of(new Exposure(store, "chmod 700 " + store)), exposed("--dir", store.toString()), open);
    }
    assertEquals(List.of(), exposed("--dir", store.resolve("missing").toString()));
    Path volumes = Files.createDirectory(store.resolve("volumes"));
    permit(volumes, "rwxr-xr-x");
    permit(store, "rwx------");
    assertEquals(List.of(), exposed("--dir", store.toString()), "nobody gets there");
  }

  @Test
  void aUsersFileThatOthersCanReadIsTold() throws IOException {
    permit(temp, "rwxr-xr-x");
    Path users = Files.writeString(temp.resolve("users.json"), "[]");
    permit(users, "rw-r-----");
    String[] arguments = {"--dir", temp.resolve("store").toString(), "--users", users.toString()};
    assertEquals(List.of(), exposed(arguments));
    permit(users, "rw-r--r--");
    assertEquals(List.of(new Exposure(users, "chmod o= " + users)), exposed(arguments));
  }

  @Test
  void aTokenOfFiguresThatOthersCanReadIsTold() throws IOException {
    permit(temp, "rwxr-xr-x");
    Path token = Files.writeString(temp.resolve("metrics.token"), "oats\n");
    permit(token, "rw-r-----");
    String[] arguments = {"--dir", temp.resolve("store").toString(), "--metrics-token-file", token.toString()};
    assertEquals(List.of(), exposed(arguments));
    permit(token, "rw-r--r--");
    assertEquals(List.of(new Exposure(token, "chmod o= " + token)), exposed(arguments));
  }

  @Test
  void filesAreMadeInOnePlace() throws IOException {
    var others = new TreeSet<String>();
    for (String room : List.of("common", "volume", "master", "filer", "s3-gateway", "cli")) {
      try (Stream<Path> files = Files.walk(Path.of("..", room, "src", "main"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          if (MAKES_FILES.matcher(Files.readString(file)).find()) {
            others.add(file.getFileName().toString());
          }
        }
      }
    }
    others.remove("OwnerOnly.java");
    others.removeAll(FOR_EVERYBODY);
    assertEquals(Set.of(), others);
  }
}
