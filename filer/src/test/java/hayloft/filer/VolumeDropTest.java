package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.losses.VolumeDrop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Is a volume given up in such a way that nothing comes back, and everything that is lost is named?
///
/// `-Dhayloft.drop.seeds=N` sets the number of seeds, `-Dhayloft.drop.seed=S` a single one.
final class VolumeDropTest {

  private static final int KEYS = 12;
  private static final int STEPS = 90;

  @TempDir
  Path directory;

  static LongStream seeds() {
    Long single = Long.getLong("hayloft.drop.seed");
    return single != null
        ? LongStream.of(single)
        : LongStream.rangeClosed(1, Integer.getInteger("hayloft.drop.seeds", 10));
  }

  private static final class Told implements VolumeDrop.Watcher {
    final Set<String> lost = new TreeSet<>();

    @Override
    public void lost(String what, NeedleAt needle) {
      lost.add(what.replaceFirst("^bytes of ", ""));
    }

    @Override
    public void kept(String what) {}
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatWasDeletedStaysDeletedAndWhatIsLostIsNamed(long seed) throws IOException {
    var random = new Random(seed);
    var store = new TestStore(directory);
    Map<String, Map<String, Optional<byte[]>>> expected = new HashMap<>();
    for (String name : List.of("plain", "versions")) {
      store.catalog().createBucket(name, "owner", "", false,
          plain -> name.equals("plain") ? plain : plain.withVersioning(Versioning.ENABLED));
      expected.put(name, new HashMap<>());
    }
    for (int step = 0; step < STEPS; step++) {
      String name = random.nextInt(3) == 0 ? "versions" : "plain";
      step(store, store.catalog().findBucket(name).orElseThrow(), random,
          expected.getOrDefault(name, Map.of()));
      if (random.nextInt(15) == 0) {
        store.catalog().collectNow();
      }
      if (random.nextInt(30) == 0) {
        store.volumes.compact(_ -> random.nextBoolean());
      }
    }
    List<Integer> all = store.volumes.ends().stream().map(end -> end.volume()).toList();
    int volume = all.get(random.nextInt(all.size()));
    boolean filesGone = random.nextBoolean();
    if (filesGone) {
      store.catalog().close();
      store.volumes.takeAway(volume);
      store.reopen();
    }
    String when = "seed " + seed + " volume " + volume + (filesGone ? " without files" : "");
    Map<Character, Long> rows = store.catalog().rowCounts();
    var looked = new Told();
    store.catalog().lookAtDrop(volume, looked);
    assertEquals(rows, store.catalog().rowCounts(), when + ": looking changes nothing");
    var told = new Told();
    store.catalog().dropVolume(volume, told);
    assertEquals(looked.lost, told.lost, when + ": what is lost was told before");
    assertEquals(List.of(volume), store.catalog().givenUpVolumes(), when);
    compare(store, expected, told, when);
    if (filesGone) {
      store.catalog().close();
      store.volumes.putBack(volume);
      store.reopen();
      assertTrue(store.volumes.putAside().contains(volume), when);
    }
    store.catalog().collectNow();
    compare(store, expected, told, when + ", collected");
    store.rebuild();
    compare(store, expected, told, when + ", rebuilt");
    store.catalog().collectNow();
    store.catalog().crash();
    for (var end : store.volumes.ends()) {
      store.volumes.loseDeadLog(end.volume());
    }
    store.reopen();
    store.rebuild();
    compare(store, expected, told, when + ", without dead logs");
    assertEquals(List.of(), store.catalog().lostTruths(), when);
    store.put(store.catalog().findBucket("plain").orElseThrow(), "afterwards", "x");
    store.catalog().close();
  }

  private static void step(TestStore store, Bucket bucket, Random random, Map<String, Optional<byte[]>> expected)
      throws IOException {
    String key = "k" + random.nextInt(KEYS);
    int dice = random.nextInt(10);
    byte[] bytes = new byte[random.nextInt(3) == 0 ? 3 * TestStore.CHUNK_BYTES + 1 : 60];
    random.nextBytes(bytes);
    if (dice < 5) {
      store.put(bucket, key, bytes, TestStore.draft("owner"), Precondition.NONE);
      expected.put(key, Optional.of(bytes));
    } else if (dice < 8) {
      store.catalog().delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
      expected.put(key, Optional.empty());
    } else if (dice < 9) {
      Upload upload = store.catalog().createUpload(bucket, key, TestStore.draft("owner"), Optional.empty(), false);
      store.catalog().putPart(bucket, upload, 1, TestStore.md5(bytes), Optional.empty(), store.body(bucket, key, bytes),
          Durability.FSYNC);
      if (random.nextBoolean()) {
        store.catalog().abortUpload(bucket, key, upload.uploadId());
      } else {
        assertInstanceOf(CompleteOutcome.Completed.class, store.catalog().completeUpload(bucket, key, upload.uploadId(),
            List.of(new PartChoice(1, TestStore.md5(bytes), Optional.empty())), Optional.empty(), Precondition.NONE));
        expected.put(key, Optional.of(bytes));
      }
    } else {
      store.catalog().setTags(bucket, key, VersionSelector.LATEST, Map.of("a", "b"));
    }
  }

  private static void compare(TestStore store, Map<String, Map<String, Optional<byte[]>>> expected, Told told,
      String when) throws IOException {
    for (var ofBucket : expected.entrySet()) {
      Bucket bucket = store.catalog().findBucket(ofBucket.getKey()).orElseThrow();
      for (var entry : ofBucket.getValue().entrySet()) {
        String what = when + ": " + bucket.name() + "/" + entry.getKey();
        boolean isNamed = isNamed(told, "object " + bucket.name() + "/" + entry.getKey(), bucket.versioning());
        Lookup found = store.catalog().find(bucket, entry.getKey(), VersionSelector.LATEST);
        if (entry.getValue().isEmpty()) {
          assertTrue(!(found instanceof Lookup.Found) || isNamed && bucket.versioning() == Versioning.ENABLED,
              what + " came back");
        } else if (found instanceof Lookup.Found(ObjectVersion version)) {
          boolean isSame = isSame(store, version, entry.getValue().get());
          assertTrue(isSame || isNamed, what + " changed and is not named in " + told.lost);
          assertTrue(isSame || bucket.versioning() == Versioning.ENABLED
              || version.etag().endsWith("-1") && version.sizeBytes() == entry.getValue().get().length
              || version.etag().equals(TestStore.md5(entry.getValue().get())), what + " is an older one");
        } else {
          assertTrue(isNamed, what + " is gone and not named in " + told.lost);
        }
      }
      assertEquals(List.of(), store.catalog().listUploads(bucket,
          new UploadQuery("", "", Optional.empty(), Optional.empty(), 10)).uploads(), when + " uploads");
    }
  }

  /// In a bucket with versions with the id of one.
  private static boolean isNamed(Told told, String object, Versioning versioning) {
    return told.lost.stream().anyMatch(
        name -> versioning == Versioning.UNVERSIONED && name.equals(object)
            || versioning == Versioning.ENABLED && name.matches(Pattern.quote(object) + " \\(version [0-9a-f]{32}\\)"));
  }

  private static boolean isSame(TestStore store, ObjectVersion version, byte[] bytes) {
    try {
      return Arrays.equals(bytes, store.read(version));
    } catch (IOException _) {
      return false; // some of its bytes were in the volume
    }
  }

  /// A version that ended an upload waits, settled, for its parts to be gone: its bytes are dead, and nobody can lose
  /// them.
  @Test
  void whatIsBuriedIsNotNamedAsLost() throws IOException {
    var store = new TestStore(directory);
    store.catalog().createBucket("barn", "owner", "", false, plain -> plain);
    Bucket bucket = store.catalog().findBucket("barn").orElseThrow();
    byte[] part = new byte[3 * TestStore.CHUNK_BYTES];
    Upload upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    store.catalog().putPart(bucket, upload, 1, TestStore.md5(part), Optional.empty(), store.body(bucket, "up", part),
        Durability.FSYNC);
    store.catalog().completeUpload(bucket, "up", upload.uploadId(),
        List.of(new PartChoice(1, TestStore.md5(part), Optional.empty())), Optional.empty(), Precondition.NONE);
    store.catalog().delete(bucket, "up", VersionSelector.LATEST, Precondition.NONE);
    store.catalog().collectNow();
    assertEquals(2L, store.catalog().rowCounts().get('Z'), "completion and delete are settled");
    var told = new Told();
    for (var end : store.volumes.ends()) {
      store.catalog().lookAtDrop(end.volume(), told);
    }
    assertEquals(Set.of(), told.lost);
    store.catalog().close();
  }

  /// More rows than are worked on at a time, and a key with more of them than that.
  @Test
  void eachOfManyIsNamedOnce() throws IOException {
    var store = new TestStore(directory);
    store.catalog().createBucket("plain", "owner", "", false, plain -> plain);
    store.catalog().createBucket("versions", "owner", "", false, plain -> plain.withVersioning(Versioning.ENABLED));
    Bucket plain = store.catalog().findBucket("plain").orElseThrow();
    Bucket versions = store.catalog().findBucket("versions").orElseThrow();
    List<String> expected = new ArrayList<>();
    String longName = "long".repeat(250);
    for (int i = 0; i < 600; i++) {
      String key = longName + i;
      store.put(plain, key, "x");
      if (i % 3 == 0) {
        store.catalog().delete(plain, key, VersionSelector.LATEST, Precondition.NONE);
      } else {
        expected.add("object plain/" + key);
      }
      store.put(versions, longName, "y" + i);
      expected.add("object versions/" + longName);
    }
    List<String> lost = new ArrayList<>();
    for (var end : store.volumes.ends()) {
      store.catalog().dropVolume(end.volume(), new VolumeDrop.Watcher() {
        @Override
        public void lost(String what, NeedleAt needle) {
          lost.add(what.replaceFirst(" \\(version .*", ""));
        }

        @Override
        public void kept(String what) {}
      });
    }
    expected.sort(null);
    lost.sort(null);
    assertEquals(expected, lost);
    assertEquals(List.of(), store.catalog().list(plain, new ListQuery("", "", Optional.empty(), 10)).objects());
    store.catalog().close();
  }

  @Test
  void bucketsAndUsersInItLiveOn() throws IOException {
    var store = new TestStore(directory);
    store.catalog().createBucket("barn", "owner", "", false, plain -> plain);
    store.catalog().createBucket("byre", "owner", "", false, plain -> plain);
    store.catalog().putUser(new User("u", "User", "AK", "secret", true));
    store.catalog().putUser(new User("v", "User", "AK2", "secret", true));
    store.catalog().deleteUser("v");
    store.catalog().deleteBucket(store.catalog().findBucket("byre").orElseThrow());
    var volumes = new ArrayList<>(store.volumes.ends().stream().map(end -> end.volume()).toList());
    for (int volume : volumes) {
      store.catalog().dropVolume(volume, new Told());
      for (int i = 0; i < 2; i++) {
        assertEquals(List.of("barn"), store.catalog().buckets().stream().map(Bucket::name).toList());
        assertEquals(List.of("u"), store.catalog().users().stream().map(User::id).toList());
        store.rebuild();
      }
      assertTrue(store.volumes.putAside().contains(volume));
    }
    assertEquals(Set.copyOf(volumes), store.master.gone());
    store.catalog().close();
  }

  @Test
  void aVolumeThatNobodyKnowsIsNotGivenUp() throws IOException {
    var store = new TestStore(directory);
    assertThrows(IllegalArgumentException.class, () -> store.catalog().dropVolume(77, new Told()));
    store.catalog().close();
  }
}
