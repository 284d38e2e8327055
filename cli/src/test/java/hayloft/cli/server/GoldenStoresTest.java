package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import hayloft.common.health.Readiness;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// The tools that need no server, on directories that the last program of level 1 left, and on the same raised to level
/// 2 by a server.
final class GoldenStoresTest {

  private static final Path STORES = Path.of("../e2e/src/test/resources/stores");

  @TempDir
  private Path temp = Path.of("");

  private final StringWriter printed = new StringWriter();

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  @ParameterizedTest
  @ValueSource(strings = {"clean", "killed"})
  void toolsReadStoresOfBothLevels(String how) throws Exception {
    unpack(STORES.resolve("level-1-" + how + ".zip"));
    Path data = temp.resolve("data");
    JsonNode expected = new ObjectMapper().readTree(temp.resolve("expected.json").toFile());
    lookAt(data, expected, "level 1");
    assertTrue(Files.readString(data.resolve("hayloft.json")).contains("\"formatVersion\":1")
        || Files.readString(data.resolve("hayloft.json")).contains("\"formatVersion\" : 1"), "nothing was changed");
    serve(data);
    assertEquals(2, new ObjectMapper().readTree(data.resolve("hayloft.json").toFile()).path("formatVersion").asInt());
    lookAt(data, expected, "level 2");
  }

  private void lookAt(Path data, JsonNode expected, String when) throws Exception {
    assertEquals(0, hayloft("volume", "verify", data.toString()), when + ": " + printed);
    assertTrue(printed.toString().contains("whole: "), printed.toString());
    try (Stream<Path> files = Files.list(data.resolve("volumes"))) {
      List<Path> volumes = files.filter(file -> file.toString().endsWith(".dat")).toList();
      assertTrue(volumes.size() >= 3, volumes.toString());
      for (Path volume : volumes) {
        assertEquals(0, hayloft("volume", "inspect", volume.toString()), when + ": " + printed);
        assertEquals(0, hayloft("volume", "inspect", "--list", volume.toString()), when + ": " + printed);
      }
    }
    Path tar = temp.resolve(when.replace(' ', '-') + ".tar");
    assertEquals(0, hayloft("volume", "export", data.toString(), "--to", tar.toString(), "--scratch", temp.toString()),
        when + ": " + printed);
    Map<String, String> exported = sums(tar);
    for (JsonNode object : expected.path("objects")) {
      String name = object.get(0).asText() + "/" + object.get(1).asText();
      assertEquals(object.get(2).asText(), exported.get(name), when + ": " + name);
    }
    for (JsonNode absent : expected.path("absent")) {
      String name = absent.get(0).asText() + "/" + absent.get(1).asText();
      assertFalse(exported.containsKey(name), when + ": " + name);
    }
  }

  private static Map<String, String> sums(Path tar) throws IOException, NoSuchAlgorithmException {
    Map<String, String> sums = new TreeMap<>();
    try (var in = new TarArchiveInputStream(Files.newInputStream(tar))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        sums.put(entry.getName(),
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(in.readAllBytes())));
      }
    }
    return sums;
  }

  private static void serve(Path data) throws IOException {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs("--dir", data.toString(), "--bind",
        "127.0.0.1", "--s3-port", "0", "--master-port", "0", "--volume-port", "0", "--filer-port", "0", "--min-free",
        "0");
    try (var server = new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(),
        Map.of("HAYLOFT_ROOT_USER", "golden", "HAYLOFT_ROOT_PASSWORD", "a-secret-of-old"), new Readiness())) {
      server.start();
    }
  }

  private int hayloft(String... arguments) {
    printed.getBuffer().setLength(0);
    return Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(printed, true))
        .setErr(new PrintWriter(printed, true)).execute(arguments);
  }

  private void unpack(Path file) throws IOException {
    try (var zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = temp.resolve(entry.getName()).normalize();
        assertTrue(target.startsWith(temp));
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        Files.copy(zip, target);
        if (target.endsWith("store.key")) {
          Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
        }
      }
    }
  }
}
