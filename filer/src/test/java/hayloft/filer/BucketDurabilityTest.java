package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What durability do the needles of a bucket's mutations ask for, whatever the process's is?
final class BucketDurabilityTest {

  @TempDir
  Path directory;
  private TestStore store;

  @BeforeEach
  void open() throws IOException {
    store = TestStore.of(directory, Durability.FSYNC);
  }

  private void use(Durability ofProcess) throws IOException {
    store.catalog().close();
    store = TestStore.of(directory.resolve("other"), ofProcess);
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private Bucket create(UnaryOperator<Bucket> settings) throws IOException {
    return assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("bucket", "owner", "us-east-1", false, settings)).bucket();
  }

  private static Durability other(Durability durability) {
    return durability == Durability.OS ? Durability.FSYNC : Durability.OS;
  }

  /// Durabilities of the needles that the work appends.
  private Set<Durability> asked(Work work) throws IOException {
    int before = store.volumes.appended().size();
    work.run();
    Set<Durability> asked = EnumSet.noneOf(Durability.class);
    asked.addAll(store.volumes.appended().subList(before, store.volumes.appended().size()));
    return asked;
  }

  private interface Work {
    void run() throws IOException;
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void everyMutationInABucketGoesByTheBucketsOwn(Durability own) throws IOException {
    use(other(own));
    VolumeCatalog catalog = store.catalog();
    Bucket bucket = create(plain -> plain.withDurability(Optional.of(own)));
    Set<Durability> expected = EnumSet.of(own);
    byte[] large = new byte[40 * TestStore.CHUNK_BYTES];
    assertEquals(expected, asked(() -> store.put(bucket, "small", "x")));
    assertEquals(expected, asked(() -> store.put(bucket, "large", large, TestStore.draft("owner"), Precondition.NONE)));
    assertEquals(expected, asked(() -> catalog.setTags(bucket, "small", VersionSelector.LATEST, Map.of("a", "b"))));
    assertEquals(expected, asked(() -> catalog.setAcl(bucket, "small", VersionSelector.LATEST, _ -> "READ x")));
    assertEquals(expected,
        asked(() -> catalog.delete(bucket, "small", VersionSelector.LATEST, Precondition.NONE)));
    assertEquals(expected,
        asked(() -> catalog.delete(bucket, "large", new VersionSelector.Exactly("null"), Precondition.NONE)));
    Upload upload = catalog.createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    Upload aborted = catalog.createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    assertEquals(expected, asked(() -> part(bucket, upload, 1, large, own)));
    assertEquals(expected, asked(() -> complete(bucket, upload, large)));
    assertEquals(expected, asked(() -> catalog.abortUpload(bucket, "up", aborted.uploadId())));
    catalog.delete(bucket, "up", VersionSelector.LATEST, Precondition.NONE);
    assertEquals(EnumSet.of(Durability.FSYNC),
        asked(() -> assertEquals(BucketDeletion.DELETED, catalog.deleteBucket(bucket))),
        "the next bucket of that name will be synced too");
  }

  @Test
  void aBucketWithoutOneGoesByTheProcessAndWhatOthersHangOnIsAlwaysSynced() throws IOException {
    use(Durability.OS);
    Set<Durability> synced = EnumSet.of(Durability.FSYNC);
    assertEquals(synced, asked(() -> create(plain -> plain)));
    Bucket bucket = store.catalog().findBucket("bucket").orElseThrow();
    assertEquals(synced, asked(
        () -> store.catalog().updateBucket("bucket", now -> now.withVersioning(Versioning.ENABLED))));
    assertEquals(synced, asked(
        () -> store.catalog().createUpload(bucket, "k", TestStore.draft("owner"), Optional.empty(), false)));
    assertEquals(EnumSet.of(Durability.OS),
        asked(() -> store.catalog().delete(bucket, "k", VersionSelector.LATEST, Precondition.NONE)));
  }

  /// Or a power cut would leave two users with one access key, or a bucket without its owner.
  @Test
  void usersAreAlwaysSynced() throws IOException {
    use(Durability.OS);
    Set<Durability> synced = EnumSet.of(Durability.FSYNC);
    assertEquals(synced, asked(() -> store.catalog().putUser(new User("id", "name", "key", "secret", false))));
    assertEquals(synced, asked(() -> store.catalog().updateUser("id", now -> now)));
    assertEquals(synced, asked(() -> assertTrue(store.catalog().deleteUser("id"))));
  }

  @Test
  void anUploadIsNotCompletedAsSyncedBeforeItsPartsAre() throws IOException {
    use(Durability.OS);
    Bucket early = create(plain -> plain);
    Upload upload = store.catalog().createUpload(early, "up", TestStore.draft("owner"), Optional.empty(), false);
    byte[] bytes = new byte[3 * TestStore.CHUNK_BYTES];
    part(early, upload, 1, bytes, Durability.OS);
    Bucket late = store.catalog().updateBucket("bucket", now -> now.withDurability(Optional.of(Durability.FSYNC)))
        .orElseThrow();
    int before = store.volumes.syncs();
    complete(late, upload, bytes);
    assertTrue(store.volumes.syncs() > before, "volumes with chunks of the parts were synced");
    assertEquals(0, store.volumes.unsynced());
  }

  @Test
  void whatCannotBeSyncedIsNotAcknowledgedAsSynced() throws IOException {
    use(Durability.OS);
    Bucket bucket = create(plain -> plain);
    store.put(bucket, "k", "x");
    store.volumes.failSyncs();
    Bucket strict = bucket.withDurability(Optional.of(Durability.FSYNC));
    assertThrows(IOException.class,
        () -> store.catalog().setTags(strict, "k", VersionSelector.LATEST, Map.of("a", "b")));
    Lookup found = store.catalog().find(bucket, "k", VersionSelector.LATEST);
    assertEquals(Map.of(), assertInstanceOf(Lookup.Found.class, found).version().attributes().tags());
    store.volumes.repairSyncs();
  }

  @Test
  void aVolumeThatFailedUnsyncedConcernsOnlyWhoNeedsIt() throws IOException {
    use(Durability.OS);
    Bucket lax = create(plain -> plain);
    store.put(lax, "lost", "x");
    store.volumes.fail(volumeOf(lax, "lost"));
    Bucket strict = store.catalog().updateBucket("bucket", now -> now.withDurability(Optional.of(Durability.FSYNC)))
        .orElseThrow();
    store.put(strict, "kept", "x");
    store.catalog().setTags(strict, "kept", VersionSelector.LATEST, Map.of("a", "b"));
    store.catalog().setAcl(strict, "kept", VersionSelector.LATEST, _ -> "READ x");
    Upload upload = store.catalog().createUpload(strict, "up", TestStore.draft("owner"), Optional.empty(), false);
    byte[] bytes = new byte[40 * TestStore.CHUNK_BYTES]; // its pieces are listed in needles of their own
    part(strict, upload, 1, bytes, Durability.OS);
    complete(strict, upload, bytes);
    assertThrows(IOException.class,
        () -> store.catalog().setTags(strict, "lost", VersionSelector.LATEST, Map.of("a", "b")));
  }

  @Test
  void anUploadWithAPieceInAVolumeThatFailedUnsyncedIsNotCompletedAsSynced() throws IOException {
    use(Durability.OS);
    Bucket bucket = create(plain -> plain.withDurability(Optional.of(Durability.FSYNC)));
    Upload upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    byte[] bytes = new byte[40 * TestStore.CHUNK_BYTES];
    part(bucket, upload, 1, bytes, Durability.OS);
    for (int volume : store.volumes.unsyncedVolumes()) {
      store.volumes.fail(volume);
    }
    assertThrows(IOException.class, () -> complete(bucket, upload, bytes));
  }

  private int volumeOf(Bucket bucket, String key) throws IOException {
    Lookup found = store.catalog().find(bucket, key, VersionSelector.LATEST);
    return switch (assertInstanceOf(Lookup.Found.class, found).version().body()) {
      case BodyLocation.Inline(FileId needle) -> needle.volume();
      case BodyLocation.Chunks(FileId commit, List<BodyLocation.Piece> _) -> commit.volume();
    };
  }

  @Test
  void aBucketIsBornWithItsSettingsInOneMutation() throws IOException {
    int before = store.volumes.appended().size();
    Bucket bucket = create(
        plain -> plain.withSettings(Map.of("acl", "READ x")).withDurability(Optional.of(Durability.OS)));
    assertEquals(before + 1, store.volumes.appended().size());
    store.rebuild();
    assertEquals(Optional.of(bucket), store.catalog().findBucket("bucket"));
  }

  private void part(Bucket bucket, Upload upload, int number, byte[] bytes, Durability durability)
      throws IOException {
    assertInstanceOf(PartOutcome.Stored.class, store.catalog().putPart(bucket, upload, number, TestStore.md5(bytes),
        Optional.empty(), store.body(bucket, upload.key(), bytes), durability));
  }

  private void complete(Bucket bucket, Upload upload, byte[] bytes) throws IOException {
    assertInstanceOf(CompleteOutcome.Completed.class,
        store.catalog().completeUpload(bucket, upload.key(), upload.uploadId(),
            List.of(new PartChoice(1, TestStore.md5(bytes), Optional.empty())), Optional.empty(), Precondition.NONE));
  }
}
