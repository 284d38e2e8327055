package hayloft.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import hayloft.cli.volume.StoreOnDisk;
import hayloft.common.Durability;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import hayloft.volume.compaction.PackingConfig;
import hayloft.volume.store.VolumeStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands about what is lost, on a store whose disk has lost something.
final class LostStateTest {

  private static final Caller SOMEBODY = new Caller("root", "");

  @TempDir
  private Path temp = Path.of("");

  /// Answers as the server does, without its port.
  private JsonNode ask(StoreOnDisk store, String command, String arguments) throws IOException {
    InstantSource clock = InstantSource.system();
    AdminRooms rooms = store.rooms();
    var lock = new AdminLock(clock);
    var facts = new StoreFacts(store.storeId().toString(), List.of(temp), List.of(), Durability.FSYNC, "us-east-1",
        "root", Duration.ZERO, Instant.EPOCH);
    try (var jobs = new Jobs(clock); var names = new DamageNames(rooms.catalog(), rooms.volumes())) {
      List<AdminCommand> all = new ArrayList<>(new CatalogCommands(rooms).commands());
      all.addAll(new VolumeCommands(rooms, names).commands());
      all.addAll(new ClusterCommands(rooms, facts, lock, new AdminLog(temp.resolve("admin.log"), clock), jobs, names,
          clock).commands());
      AdminCommand wanted = all.stream().filter(one -> one.name().equals(command)).findFirst().orElseThrow();
      var call = new AdminCall(SOMEBODY, new Arguments(new ObjectMapper().readTree(arguments)), "1");
      return switch (wanted.work()) {
        case AdminCommand.Work.Now now -> now.answer(call);
        case AdminCommand.Work.Later later -> later.prepare(call)
            .run(new Job("j1", command, SOMEBODY, Instant.EPOCH));
      };
    }
  }

  private static List<String> texts(JsonNode list, String field) {
    List<String> texts = new ArrayList<>();
    list.forEach(one -> texts.add(one.path(field).asText()));
    return texts;
  }

  private static boolean finds(JsonNode check, String level, String text) {
    for (JsonNode finding : check.path("findings")) {
      if (finding.path("level").asText().equals(level) && finding.toString().contains(text)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aDamagedNewestStateIsNamedAndGivenUpByCommand() throws Exception {
    Path directory = temp.resolve("data");
    try (var store = new StoreOnDisk(directory)) {
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      store.put(barn, "the-hay", "old".getBytes(UTF_8));
      store.put(barn, "the-hay", "new".getBytes(UTF_8));
      store.put(barn, "other", "other".getBytes(UTF_8));
    }
    flipInLast(directory, "the-hay");
    deleteTree(directory.resolve("catalog"));
    try (var store = new StoreOnDisk(directory)) {
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      assertThrows(IOException.class, () -> store.get(barn, "the-hay"));
      JsonNode lost = ask(store, "catalog.lost", "{}").path("lost");
      assertEquals(List.of("object barn/the-hay"), texts(lost, "whose"), lost.toString());
      JsonNode one = lost.path(0);
      assertEquals("state", one.path("what").asText());
      assertTrue(one.path("offset").asLong() > 0 && one.has("since"), one.toString());
      String needle = one.path("needle").asText();
      assertTrue(one.path("help").asText().contains("catalog.giveup -needle " + needle), one.toString());

      JsonNode check = ask(store, "cluster.check", "{}");
      assertTrue(finds(check, "error", "catalog.lost") && check.path("errors").asInt() == 1, check.toString());
      assertEquals(1, ask(store, "cluster.status", "{}").path("catalog").path("lostTruths").asInt());
      JsonNode audit = ask(store, "catalog.check", "{}");
      assertFalse(audit.path("clean").asBoolean());
      assertEquals(1, audit.path("counts").path("truth lost").asInt(), audit.toString());

      assertThrows(AdminRefusal.class, () -> ask(store, "catalog.giveup", "{\"apply\":true}"));
      assertThrows(AdminRefusal.class, () -> ask(store, "catalog.giveup", "{\"needles\":[\"1\"]}"));
      JsonNode dry = ask(store, "catalog.giveup", "{\"needles\":[\"" + needle + "\"]}");
      assertEquals(List.of("object barn/the-hay"), texts(dry.path("givenUp"), "whose"));
      assertThrows(IOException.class, () -> store.get(barn, "the-hay"), "nothing was changed yet");
      assertThrows(AdminRefusal.class,
          () -> ask(store, "catalog.giveup", "{\"needles\":[\"1,fffffff\"],\"apply\":true}"), "it is not lost");

      assertEquals(1,
          ask(store, "catalog.giveup", "{\"needles\":[\"" + needle + "\"],\"apply\":true}").path("count").asInt());
      assertArrayEquals("old".getBytes(UTF_8), store.get(barn, "the-hay").orElseThrow());
      assertEquals(0, ask(store, "catalog.lost", "{}").path("lost").size());
      assertEquals(0, ask(store, "cluster.check", "{}").path("errors").asInt());
    }
  }

  /// Its map is damaged, and the file gone that it would be made again from.
  @Test
  void damageInAVolumeThatCannotAnswerIsToldWithEverythingElse() throws Exception {
    Path directory = temp.resolve("data");
    try (var store = new StoreOnDisk(directory)) {
      store.put(store.bucket("barn", Versioning.UNVERSIONED), "the-hay", "hay".repeat(1000).getBytes(UTF_8));
    }
    flipInLast(directory, "hayhay");
    int volume;
    try (var store = new StoreOnDisk(directory)) {
      JsonNode damage = ask(store, "volume.scrub", "{}").path("damages").path(0);
      volume = damage.path("volume").asInt();
      assertEquals("object barn/the-hay", damage.path("objects").path(0).asText(), damage.toString());
    }
    Path map = directory.resolve("volumes/" + volume + ".map");
    byte[] bytes = Files.readAllBytes(map);
    for (int page = 4096; page < bytes.length; page += 4096) {
      bytes[page + 100] ^= 1;
    }
    Files.write(map, bytes);
    try (var store = new StoreOnDisk(directory)) {
      store.rooms().volumes().seal(volume);
      Path file = directory.resolve("volumes/" + volume + ".dat");
      Files.move(file, temp.resolve("away"));
      JsonNode check = ask(store, "cluster.check", "{}");
      assertTrue(finds(check, "error", "damaged on the disk"), check.toString());
      assertEquals(1, ask(store, "cluster.status", "{}").path("scrub").path("damages").size());
      JsonNode scrub = ask(store, "volume.scrub", "{}");
      assertEquals(List.of(String.valueOf(volume)), texts(scrub.path("unread"), "volume"), scrub.toString());
      assertEquals(store.volumes().size() - 1, scrub.path("volumes").asInt(), scrub.toString());
      Files.move(temp.resolve("away"), file);
    }
  }

  @Test
  void aLostDirectoryIsGivenUpAndEveryLostObjectIsNamed() throws Exception {
    Path kept = temp.resolve("disk0");
    Path lost = temp.resolve("disk1");
    Set<String> keys = new HashSet<>();
    try (var store = new StoreOnDisk(List.of(kept, lost))) {
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      for (int i = 0; i < 24; i++) {
        store.put(barn, "hay" + i, ("hay " + i).getBytes(UTF_8));
        keys.add("hay" + i);
      }
      store.put(barn, "large", new byte[9_000_000]);
      keys.add("large");
    }
    String id = new ObjectMapper().readTree(lost.resolve("hayloft.json").toFile()).path("directoryId").asText();
    deleteTree(lost);

    assertEquals(1, hayloft("directory", "list", "--dir", kept.toString()));
    assertTrue(said().contains(id + "  not named  " + lost), said());
    assertEquals(2, hayloft("directory", "giveup", "--dir", kept.toString(), "disk1"));
    String first = new ObjectMapper().readTree(kept.resolve("hayloft.json").toFile()).path("directoryId").asText();
    assertEquals(1, hayloft("directory", "giveup", "--dir", kept.toString(), first));
    assertTrue(said().contains("has the store's catalog and keys"), said());
    byte[] marker = Files.readAllBytes(kept.resolve("hayloft.json"));
    assertEquals(0, hayloft("directory", "giveup", "--dir", kept.toString(), id), said());
    assertTrue(said().contains("volumes that are on record") && said().contains("Nothing was changed"), said());
    assertArrayEquals(marker, Files.readAllBytes(kept.resolve("hayloft.json")));
    assertThrows(IOException.class, () -> new StoreOnDisk(List.of(kept)).close());

    assertEquals(0, hayloft("directory", "giveup", "--dir", kept.toString(), id, "--apply", "--json"), said());
    List<Integer> volumes = new ArrayList<>();
    new ObjectMapper().readTree(said()).path("volumes").forEach(volume -> volumes.add(volume.asInt()));
    assertFalse(volumes.isEmpty(), said());
    assertEquals(0, hayloft("directory", "list", "--dir", kept.toString()), said());
    assertTrue(said().contains(id + "  given up"), said());

    try (var store = new StoreOnDisk(List.of(kept))) {
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      Set<String> unreadable = unreadable(store, barn, keys);
      assertTrue(!unreadable.isEmpty() && unreadable.size() < keys.size(), unreadable.toString());
      assertTrue(finds(ask(store, "cluster.check", "{}"), "error", "volume.drop -volumeId " + volumes.getFirst()));
      JsonNode missing = ask(store, "catalog.lost", "{}").path("lost");
      assertEquals(volumes.size(), missing.size(), missing.toString());

      JsonNode dry = ask(store, "volume.drop", "{\"missing\":true}");
      assertEquals(unreadable, named(dry), dry.toString());
      assertEquals(unreadable, unreadable(store, barn, keys), "nothing was changed yet");
      JsonNode dropped = ask(store, "volume.drop", "{\"missing\":true,\"apply\":true}");
      assertEquals(unreadable, named(dropped), dropped.toString());
      assertEquals(0, ask(store, "catalog.lost", "{}").path("lost").size());
      JsonNode check = ask(store, "cluster.check", "{}");
      assertEquals(0, check.path("errors").asInt(), check.toString());
      assertTrue(finds(check, "note", "given up with what was in them"), check.toString());
      assertTrue(
          ask(store, "volume.drop", "{\"volumes\":[" + volumes.getFirst() + "],\"apply\":true}").path("volumes").path(0)
              .path("goneAlready").asBoolean());
      assertThrows(AdminRefusal.class, () -> ask(store, "volume.drop", "{\"volumes\":[4711]}"));
    }
    try (var store = new StoreOnDisk(List.of(kept))) {
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      for (String key : keys) {
        boolean large = key.equals("large");
        store.put(barn, key, large ? new byte[9_000_000] : key.getBytes(UTF_8));
        assertTrue(store.get(barn, key).isPresent(), key);
      }
      JsonNode audit = ask(store, "catalog.check", "{}");
      assertEquals(List.of("object barn/large"), texts(audit.path("findings"), "whose"),
          "the version that was overwritten and has bytes in a volume that is gone, until it is collected: " + audit);
    }
  }

  @Test
  void aVolumeThatIsDamagedInItsPackIsMissingUntilThePackIsPutBackOrItIsGivenUp() throws Exception {
    Path directory = temp.resolve("disk0");
    Set<String> keys = new HashSet<>();
    int hit = packed(directory, keys);
    Path pack = directory.resolve("volumes/pack-1");
    byte[] whole = Files.readAllBytes(pack);
    byte[] damaged = withoutDescriptorsOf(hit, whole);

    Files.write(pack, damaged);
    assertEquals(1, hayloft("volume", "verify", directory.toString()), said());
    assertTrue(said().contains("volumes/pack-1 (" + hit + ".json"), said());
    assertEquals(1, hayloft("volume", "export", directory.toString(), "--to", temp.resolve("all.tar").toString()));
    assertTrue(said().contains("DAMAGED blobs of volume " + hit) && said().contains("pack-1"), said());
    try (var store = new StoreOnDisk(directory)) {
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      Set<String> unreadable = unreadable(store, barn, keys);
      assertTrue(!unreadable.isEmpty() && unreadable.size() < keys.size(), unreadable.toString());
      JsonNode lost = ask(store, "catalog.lost", "{}").path("lost");
      assertEquals(List.of(hit), List.of(lost.path(0).path("volume").asInt()), lost.toString());
      assertTrue(lost.path(0).path("found").asText().contains("pack-1 (" + hit + ".json"), lost.toString());
      assertTrue(lost.path(0).path("help").asText().contains("its pack back"), lost.toString());
      assertTrue(finds(ask(store, "cluster.check", "{}"), "error", "volume.drop -volumeId " + hit));
      assertEquals(unreadable, named(ask(store, "volume.drop", "{\"missing\":true}")));
    }
    assertArrayEquals(damaged, Files.readAllBytes(pack));

    Files.write(pack, whole);
    try (var store = new StoreOnDisk(directory)) {
      assertEquals(Set.of(), unreadable(store, store.bucket("barn", Versioning.UNVERSIONED), keys));
      assertEquals(0, ask(store, "catalog.lost", "{}").path("lost").size());
    }

    Files.write(pack, damaged);
    deleteTree(directory.resolve("catalog"));
    try (var store = new StoreOnDisk(directory)) {
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      assertTrue(finds(ask(store, "cluster.check", "{}"), "error", "volume.drop -volumeId " + hit));
      ask(store, "volume.drop", "{\"volumes\":[" + hit + "],\"apply\":true}");
      assertEquals(0, ask(store, "catalog.lost", "{}").path("lost").size());
      store.put(barn, "hay0", "again".getBytes(UTF_8));
    }
    assertTrue(Files.exists(directory.resolve("volumes/" + hit + ".dat.given-up")));
    try (var store = new StoreOnDisk(directory)) {
      assertEquals(0, ask(store, "catalog.lost", "{}").path("lost").size());
    }
  }

  /// Makes a store with an object in each of many sealed volumes, which lie in a pack.
  ///
  /// @return one of the volumes
  private static int packed(Path directory, Set<String> keys) throws Exception {
    try (var store = new StoreOnDisk(directory)) {
      VolumeStore volumes = store.rooms().volumes();
      Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
      int last = 0;
      for (int i = 0; i < PackingConfig.DEFAULTS.leastVolumes() + 1; i++) {
        store.put(barn, "hay" + i, ("hay " + i).getBytes(UTF_8));
        keys.add("hay" + i);
        for (VolumeStatus volume : store.volumes()) {
          if (volume.state() == VolumeState.WRITABLE && volume.liveNeedles() > 0) {
            volumes.seal(volume.spec().id());
            last = volume.spec().id();
          }
        }
      }
      for (int round = 0; round <= PackingConfig.DEFAULTS.quietRounds(); round++) {
        volumes.pack();
      }
      return last;
    }
  }

  private static byte[] withoutDescriptorsOf(int volume, byte[] pack) {
    byte[] damaged = pack.clone();
    Matcher descriptors = Pattern.compile("\"volume\"\\s*:\\s*" + volume + "\\b")
        .matcher(new String(pack, StandardCharsets.ISO_8859_1));
    while (descriptors.find()) {
      damaged[descriptors.start()] ^= 1;
    }
    return damaged;
  }

  /// Objects, by their keys, that anything is lost of.
  private static Set<String> named(JsonNode drop) {
    Set<String> names = new HashSet<>();
    drop.path("volumes").forEach(volume -> volume.path("lost").forEach(lost -> {
      String what = lost.path("what").asText();
      names.add(what.replaceAll(".*barn/([a-z0-9]+).*", "$1"));
    }));
    return names;
  }

  private static Set<String> unreadable(StoreOnDisk store, Bucket bucket, Set<String> keys) {
    Set<String> unreadable = new HashSet<>();
    for (String key : keys) {
      try {
        assertTrue(store.get(bucket, key).isPresent(), key);
      } catch (IOException _) {
        unreadable.add(key);
      }
    }
    return unreadable;
  }

  private final StringWriter printed = new StringWriter();

  private int hayloft(String... arguments) {
    printed.getBuffer().setLength(0);
    return Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(printed, true))
        .setErr(new PrintWriter(printed, true)).execute(arguments);
  }

  private String said() {
    return printed.toString();
  }

  /// Flips a bit of the last place of a text in the volumes, which is in the meta of the newest needle that has it.
  private static void flipInLast(Path directory, String text) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("volumes"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".dat")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(text);
        if (at >= 0) {
          bytes[at] ^= 1;
          Files.write(file, bytes);
        }
      }
    }
  }

  private static void deleteTree(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
