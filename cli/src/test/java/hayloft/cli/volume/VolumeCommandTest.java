package hayloft.cli.volume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import hayloft.common.FileId;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The offline tools on a small store: an object of one needle, one of chunks, an overwritten one, a deleted one, a
/// blob.
final class VolumeCommandTest {

  private static final byte[] LARGE = new byte[9_000_000];

  static {
    new Random(1).nextBytes(LARGE);
  }

  @TempDir
  Path temp;

  private Path directory = Path.of("");
  private String blob = "";
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void fill() throws Exception {
    directory = temp.resolve("data");
    try (var store = new StoreOnDisk(directory)) {
      Bucket plain = store.bucket("plain", Versioning.UNVERSIONED);
      store.put(plain, "hay.txt", "old hay".getBytes(UTF_8));
      store.put(plain, "hay.txt", "new hay".getBytes(UTF_8));
      store.put(plain, "gone", "gone".getBytes(UTF_8));
      store.delete(plain, "gone");
      store.put(plain, "large/object", LARGE);
      store.put(plain, "../escape", "no".getBytes(UTF_8));
      Bucket kept = store.bucket("kept", Versioning.ENABLED);
      store.put(kept, "v", "first".getBytes(UTF_8));
      store.put(kept, "v", "second".getBytes(UTF_8));
      FileId id = store.blob(1L << 40, "blobs have no names".getBytes(UTF_8));
      blob = id.toString();
    }
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(arguments);
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  private List<Path> volumeFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("volumes"))) {
      return files.filter(file -> file.toString().endsWith(".dat")).sorted().toList();
    }
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      files.filter(Files::isRegularFile).forEach(file -> {
        try {
          contents.put(file + " " + Files.getLastModifiedTime(file),
              Integer.toHexString(java.util.Arrays.hashCode(Files.readAllBytes(file))));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
    return contents;
  }

  /// Flips a bit of the first place where the bytes stand in any volume file.
  private Path damage(byte[] bytes) throws IOException {
    String wanted = HexFormat.of().formatHex(bytes);
    for (Path file : volumeFiles()) {
      byte[] content = Files.readAllBytes(file);
      int at = HexFormat.of().formatHex(content).indexOf(wanted);
      if (at >= 0) {
        content[at / 2] ^= 1;
        Files.write(file, content);
        return file;
      }
    }
    throw new AssertionError("no volume has " + wanted);
  }

  private static byte[] entry(Map<String, byte[]> entries, String name) {
    return java.util.Objects.requireNonNull(entries.get(name), name);
  }

  private Map<String, byte[]> entries(Path tar) throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    try (var in = new TarArchiveInputStream(Files.newInputStream(tar))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.put(entry.getName(), in.readAllBytes());
      }
    }
    return entries;
  }

  @Test
  void aWholeStoreVerifiesAndIsLeftAsItIs() throws IOException {
    Map<String, String> before = contents();
    assertEquals(0, run("volume", "verify", directory.toString()), out + "" + err);
    assertTrue(out.toString().contains("whole: " + volumeFiles().size() + " volumes"), out.toString());
    assertEquals(before, contents());
  }

  @Test
  void aFlippedBitIsReportedWithTheObjectsName() throws IOException {
    Path file = damage("new hay".getBytes(UTF_8));
    assertEquals(1, run("volume", "verify", directory.toString()));
    assertTrue(out.toString().contains("of plain/hay.txt"), out.toString());
    assertEquals(1, run("volume", "verify", "--json", directory.toString()));
    JsonNode damage = json().path("volumes").valueStream()
        .filter(volume -> volume.path("file").asText().equals(file.toString())).findFirst().orElseThrow()
        .path("damages").path(0);
    assertEquals("plain/hay.txt", damage.path("of").asText());
    assertEquals("lost", damage.path("weight").asText());
    assertFalse(json().path("whole").asBoolean());
  }

  @Test
  void aDamagedChunkNamesTheObjectThatItBelongsTo() throws IOException {
    damage(java.util.Arrays.copyOfRange(LARGE, 8_000_000, 8_000_032));
    assertEquals(1, run("volume", "verify", directory.toString()));
    assertTrue(out.toString().contains("chunk needle") && out.toString().contains("of plain/large/object"),
        out.toString());
  }

  @Test
  void aMissingVolumeFileIsDamage() throws IOException {
    Path first = volumeFiles().getFirst();
    Files.delete(first);
    assertEquals(1, run("volume", "verify", directory.toString()));
    assertTrue(out.toString().contains(first + "  MISSING"), out.toString());
  }

  @Test
  void whatIsNoVolumeIsWrongUsage() {
    assertEquals(2, run("volume", "verify", temp.resolve("nothing").toString()));
    assertTrue(err.toString().contains("neither a volume file nor a directory"), err.toString());
    assertEquals(2, run("volume", "inspect", temp.resolve("7.dat").toString()));
    assertEquals(2, run("volume", "inspect", "x", "--needle", "0xzz"));
  }

  @Test
  void aDirectoryInUseIsReadWithAWarningButNotExported() throws IOException {
    try (var store = new StoreOnDisk(directory)) {
      assertEquals(0, run("volume", "verify", directory.toString()), out.toString());
      assertTrue(err.toString().contains("a server is using " + directory), err.toString());
    }
    try (var store = new StoreOnDisk(directory)) {
      assertEquals(1, run("volume", "export", directory.toString(), "--to", temp.resolve("no.tar").toString()));
      assertFalse(Files.exists(temp.resolve("no.tar")));
    }
  }

  @Test
  void inspectTellsFiguresAndOneNeedle() throws IOException {
    long commits = 0;
    String hay = "";
    for (Path file : volumeFiles()) {
      assertEquals(0, run("volume", "inspect", "--json", file.toString()), err.toString());
      commits += json().path("kinds").path("commit").path("needles").asLong();
      assertFalse(out.toString().contains("salt"), "the salt stays where it is");
      assertEquals(0, run("volume", "inspect", "--list", "--json", file.toString()));
      for (String line : out.toString().lines().toList()) {
        JsonNode needle = new ObjectMapper().readTree(line);
        if (needle.path("about").asText().equals("put version plain/hay.txt")) {
          hay = needle.path("fileId").asText();
        }
      }
      if (!hay.isEmpty() && hay.startsWith(file.getFileName().toString().replace(".dat", ","))) {
        assertEquals(0, run("volume", "inspect", file.toString(), "--needle", hay));
        String dump = out.toString();
        assertTrue(dump.contains("x-amz-meta-colour") || dump.contains("red"), dump);
        assertTrue(dump.contains("|new hay|"), dump);
        assertTrue(dump.contains("right, 1 of 1"), dump);
        assertEquals(1, run("volume", "inspect", file.toString(), "--needle", "0x123456789"));
      }
    }
    assertFalse(hay.isEmpty(), "no volume lists plain/hay.txt");
    assertEquals(2 + 1 + 7 + 1, commits); // two buckets, one change of versioning, seven puts, one delete
  }

  @Test
  void aDamagedNeedleIsDumpedWithItsWrongSum() throws IOException {
    Path file = damage("new hay".getBytes(UTF_8));
    assertEquals(1, run("volume", "inspect", "--json", file.toString()));
    String key = "0x" + json().path("damages").path(0).path("key").asText();
    assertEquals(1, run("volume", "inspect", file.toString(), "--needle", key));
    assertTrue(out.toString().contains("dataSums") && out.toString().contains("wrong: "), out.toString());
    assertTrue(out.toString().contains("plain"), out.toString());
  }

  @Test
  void theExportHasEveryCurrentObjectUnderItsName() throws IOException {
    Map<String, String> before = contents();
    Path tar = temp.resolve("out.tar");
    Path scratch = Files.createDirectory(temp.resolve("scratch"));
    assertEquals(0, run("volume", "export", directory.toString(), "--to", tar.toString(), "--scratch",
        scratch.toString(), "--metadata"), err.toString());
    Map<String, byte[]> entries = entries(tar);
    assertEquals(List.of("blobs/" + blob, "kept/v", "plain/%2E%2E/escape", "plain/hay.txt", "plain/large/object"),
        new ArrayList<>(entries.keySet()));
    assertEquals("new hay", new String(entry(entries, "plain/hay.txt"), UTF_8));
    assertEquals("second", new String(entry(entries, "kept/v"), UTF_8));
    assertTrue(java.util.Arrays.equals(LARGE, entry(entries, "plain/large/object")));
    assertEquals("blobs have no names", new String(entry(entries, "blobs/" + blob), UTF_8));
    assertEquals(before, contents());
    try (Stream<Path> left = Files.list(scratch)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void anExportThatHasNowhereToWriteSaysSo() throws IOException {
    Path none = temp.resolve("none");
    Path file = Files.createFile(temp.resolve("file"));
    for (Path scratch : List.of(none, file)) {
      err.getBuffer().setLength(0);
      assertEquals(2, run("volume", "export", directory.toString(), "--to", temp.resolve("out.tar").toString(),
          "--scratch", scratch.toString()));
      assertTrue(err.toString().startsWith("hayloft: --scratch must be a directory that is there and that this user may"
          + " write to, got " + scratch), err.toString());
    }
    err.getBuffer().setLength(0);
    assertEquals(1, run("volume", "export", directory.toString(), "--to", none.resolve("out.tar").toString()));
    assertTrue(err.toString().startsWith("hayloft: there is no directory " + none + ", "), err.toString());
  }

  @Test
  void olderVersionsAreExportedIfWanted() throws IOException {
    Path tar = temp.resolve("out.tar");
    assertEquals(0, run("volume", "export", directory.toString(), "--to", tar.toString(), "--versions"),
        err.toString());
    Map<String, byte[]> entries = entries(tar);
    String older = entries.keySet().stream().filter(name -> name.startsWith("kept/v?versionId=")).findFirst()
        .orElseThrow();
    assertEquals("first", new String(entry(entries, older), UTF_8));
  }

  @Test
  void aDamagedObjectIsNamedInTheArchiveAndTheOthersAreThere() throws IOException {
    damage("second".getBytes(UTF_8));
    damage(java.util.Arrays.copyOfRange(LARGE, 8_000_000, 8_000_032));
    Path tar = temp.resolve("out.tar");
    assertEquals(1, run("volume", "export", directory.toString(), "--to", tar.toString()));
    Map<String, byte[]> entries = entries(tar);
    assertFalse(entries.containsKey("kept/v"), "damaged in its first piece: left out");
    assertEquals("new hay", new String(entry(entries, "plain/hay.txt"), UTF_8));
    byte[] large = entry(entries, "plain/large/object");
    assertEquals(LARGE.length, large.length);
    assertTrue(java.util.Arrays.equals(LARGE, 0, 7_000_000, large, 0, 7_000_000), "good up to the damage");
    assertEquals(0, large[8_000_000]);
    String damaged = new String(entry(entries, "hayloft-damaged.txt"), UTF_8);
    assertTrue(damaged.contains("kept/v, left out") && damaged.contains("plain/large/object, filled with zeros"),
        damaged);
  }

  @Test
  void namesThatATerminalWouldObeyAreEscaped() throws Exception {
    String shown = "plain/hay\\u001b[2J\\r\\n\\u202etxt";
    try (var store = new StoreOnDisk(temp.resolve("odd"))) {
      store.put(store.bucket("plain", Versioning.UNVERSIONED), "hay\033[2J\r\n\u202Etxt", "odd hay".getBytes(UTF_8));
    }
    directory = temp.resolve("odd");
    for (List<String> line : List.of(List.of("inspect", volumeFiles().getFirst().toString(), "--list"),
        List.of("verify", directory.toString()),
        List.of("export", directory.toString(), "--to", temp.resolve("odd.tar").toString()))) {
      List<String> arguments = new ArrayList<>(List.of("volume"));
      arguments.addAll(line);
      run(arguments.toArray(String[]::new));
      if (line.contains("--list")) {
        damage("odd hay".getBytes(UTF_8)); // the others name what is damaged
      }
      String said = out + "" + err;
      assertTrue(said.contains(shown), said);
      assertFalse(said.contains("\033") || said.contains("\r\n") || said.contains("\u202E"), said);
    }
    assertTrue(new String(entry(entries(temp.resolve("odd.tar")), "hayloft-damaged.txt"), UTF_8)
        .startsWith(shown + ", left out: "));
  }

  /// What a listing would show in place of a lost truth is older, and nobody asked for that.
  @Test
  void whatIsOlderThanALostTruthIsNotExported() throws IOException {
    for (Path file : volumeFiles()) {
      byte[] content = Files.readAllBytes(file);
      String hex = HexFormat.of().formatHex(content);
      int data = hex.indexOf(HexFormat.of().formatHex("new hay".getBytes(UTF_8)));
      if (data >= 0) {
        content[hex.lastIndexOf(HexFormat.of().formatHex("hay.txt".getBytes(UTF_8)), data) / 2] ^= 1; // in the meta
        Files.write(file, content);
      }
    }
    Path tar = temp.resolve("out.tar");
    assertEquals(1, run("volume", "export", directory.toString(), "--to", tar.toString()));
    Map<String, byte[]> entries = entries(tar);
    assertFalse(entries.containsKey("plain/hay.txt"), entries.keySet().toString());
    String damaged = new String(entry(entries, "hayloft-damaged.txt"), UTF_8);
    assertTrue(damaged.contains("plain/hay.txt, left out"), damaged);
    assertEquals(1, damaged.lines().filter(line -> line.contains("plain/hay.txt")).count(), damaged);
    assertTrue(entries.containsKey("kept/v"), entries.keySet().toString());
  }

  @Test
  void withoutItsCatalogAndKeyTheStoreIsExportedAllTheSame() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("catalog"))) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    Files.deleteIfExists(directory.resolve("store.key"));
    Path tar = temp.resolve("out.tar");
    assertEquals(0, run("volume", "export", directory.toString(), "--to", tar.toString()), err.toString());
    assertTrue(entries(tar).containsKey("plain/hay.txt"));
  }

  @Test
  void namesThatNoFileCanHaveAreSpelledOut() {
    assertEquals("b/a/b", TarName.of("b", "a/b"));
    assertEquals("b/a/%2E%2E/%2E/x", TarName.of("b", "a/.././x"));
    assertEquals("b/a/%2F", TarName.of("b", "a/"));
    assertEquals("b/%2F/a", TarName.of("b", "/a"));
    assertEquals("b/a/%252F", TarName.of("b", "a/%2F"));
  }
}
