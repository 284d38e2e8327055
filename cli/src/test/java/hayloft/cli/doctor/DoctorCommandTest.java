package hayloft.cli.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import hayloft.cli.volume.StoreOnDisk;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorCommandTest {

  private static final String CONTENT = "the content of an object";
  private static final byte[] KEY = HexFormat.of().parseHex("00112233445566778899aabbccddeeff".repeat(2));

  @TempDir
  Path temp;

  private Path directory = Path.of("");
  private Map<String, String> environment = Map.of();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void fill() throws Exception {
    directory = temp.resolve("data");
    try (var store = new StoreOnDisk(directory)) {
      Bucket bucket = store.bucket("private-bucket", Versioning.UNVERSIONED);
      store.put(bucket, "private-key", CONTENT.getBytes(UTF_8));
    }
    Files.write(directory.resolve("store.key"), KEY);
    Files.writeString(directory.resolve("credentials.json"),
        "{\"accessKey\":\"HLROOTACCESS\",\"secretKey\":\"generated-root-secret\"}");
    for (String file : List.of("store.key", "credentials.json")) {
      Files.setPosixFilePermissions(directory.resolve(file), PosixFilePermissions.fromString("rw-------"));
    }
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--dir", directory.toString(), "--volume-port", "1", "--master-port", "2"));
    return Hayloft.commandLine(environment, Path.of("/nowhere")).setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(all.toArray(String[]::new));
  }

  /// Levels of the findings about something, and whether each has what it needs.
  private List<String> levels(String about) throws IOException {
    List<String> levels = new ArrayList<>();
    for (JsonNode finding : new ObjectMapper().readTree(out.toString()).path("findings")) {
      if (finding.path("about").asText().contains(about)) {
        levels.add(finding.path("level").asText());
      }
      boolean bad = List.of("warning", "fault").contains(finding.path("level").asText());
      assertEquals(bad, finding.has("fix"), finding.toString());
    }
    return levels;
  }

  @Test
  void aStoreThatWasStoppedCleanlyHasNoFault() throws IOException {
    run("doctor", "--json");
    assertEquals(List.of("good"), levels(" volumes"), out.toString());
    assertTrue(out.toString().contains("all closed by a clean stop"), out.toString());
    assertEquals(List.of("note"), levels("server, master"));
    try (Stream<Path> files = Files.list(directory)) {
      assertFalse(files.anyMatch(file -> file.toString().contains("doctor")), "the probe's file is gone");
    }
  }

  @Test
  void aMissingVolumeFileAndAReadableKeyAreFaults() throws IOException {
    Path data;
    try (Stream<Path> files = Files.list(directory.resolve("volumes"))) {
      data = files.filter(file -> file.toString().endsWith(".dat")).findFirst().orElseThrow();
    }
    Files.delete(data);
    Files.setPosixFilePermissions(directory.resolve("store.key"), PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(1, run("doctor", "--json"));
    assertEquals(List.of("fault"), levels(data.toString()));
    assertEquals(List.of("fault"), levels("store.key"));
  }

  @Test
  void aDirectoryThatIsNotThereIsAFault() throws IOException {
    directory = temp.resolve("nothing");
    assertEquals(1, run("doctor", "--json"), err.toString());
    assertEquals(List.of("fault"), levels("nothing"));
  }

  @Test
  void aCertificateThatEndsSoonIsToldBeforeItDoes() throws IOException {
    assertEquals(0, Hayloft.commandLine(environment, Path.of("/nowhere")).setErr(new PrintWriter(err, true)).execute(
        "cert", "create", "--out", temp.resolve("tls").toString(), "--days", "100", "--host", "localhost"),
        err.toString());
    Path certificate = temp.resolve("tls/server.crt");
    Instant now = Instant.now();
    assertEquals(Finding.Level.GOOD, Diagnosis.certificate(certificate, now).level());
    assertEquals(Finding.Level.WARNING, Diagnosis.certificate(certificate, now.plus(Duration.ofDays(95))).level());
    assertEquals(Finding.Level.FAULT, Diagnosis.certificate(certificate, now.plus(Duration.ofDays(101))).level());
  }

  @Test
  void theBundleHasNoSecretNoObjectAndNoName() throws IOException {
    environment = Map.of("HAYLOFT_ROOT_USER", "rootuser", "HAYLOFT_ROOT_PASSWORD", "root-password-1",
        "HAYLOFT_VOLUME_SECRET", "volume-secret-1", "AWS_SECRET_ACCESS_KEY", "aws-secret-1");
    Path users = temp.resolve("users.json");
    Files.writeString(users,
        "[{\"id\":\"u\",\"displayName\":\"U\",\"accessKey\":\"USERACCESS\",\"secretKey\":\"user-secret-1\"}]");
    Path log = temp.resolve("server.log");
    Files.writeString(log, "hayloft:   secret key generated-root-secret\n"
        + "event=x key=" + HexFormat.of().formatHex(KEY) + " other=user-secret-1 volume-secret-1\n"
        + "GET /b/k?X-Amz-Signature=0123456789abcdef&X-Amz-Date=1 Authorization: Bearer eyJhbGciOi.eyJmaWQi.c2lnbmF0\n"
        + "password=typed-by-somebody secretKey: \"another-secret\"\n" + "the end of the log\n");
    Path bundle = temp.resolve("bundle.tar.gz");
    assertEquals(0, run("doctor", "bundle", "--to", bundle.toString(), "--logs", log.toString(), "--users",
        users.toString()), err.toString());
    Map<String, String> files = new TreeMap<>();
    try (var tar = new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(bundle)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        files.put(entry.getName(), new String(tar.readAllBytes(), UTF_8));
      }
    }
    String all = String.join("\n", files.values());
    for (String secret : List.of("root-password-1", "volume-secret-1", "aws-secret-1", "user-secret-1",
        "generated-root-secret", "HLROOTACCESS", "USERACCESS", HexFormat.of().formatHex(KEY), "0123456789abcdef&",
        "eyJhbGciOi", "typed-by-somebody", "another-secret", CONTENT, "private-bucket", "private-key", "salt")) {
      assertFalse(all.contains(secret), secret + " is in the bundle");
    }
    assertTrue(all.contains("the end of the log") && all.contains("closedCleanly"), all);
    assertFalse(all.contains("fdatasync"), "a bundle writes nothing into the directories");
    assertTrue(files.keySet().containsAll(List.of("hayloft-doctor/doctor.json", "hayloft-doctor/configuration.json",
        "hayloft-doctor/version.txt", "hayloft-doctor/logs/server.log")), files.keySet().toString());
    assertEquals(2, run("doctor", "bundle", "--to", bundle.toString()), "an old archive stays");
  }
}
