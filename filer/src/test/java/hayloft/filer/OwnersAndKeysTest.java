package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Users with several keys, and buckets that change hands.
final class OwnersAndKeysTest {

  private static final User ONE = new User("u", "User", "A1", "secret-1", false);
  private static final User THREE = ONE.withKeys(List.of(new AccessKey("A1", "secret-1"),
      new AccessKey("A2", "secret-2"), new AccessKey("A3", "secret-3")));

  @TempDir
  Path directory;
  private TestStore store;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  @Test
  void everyKeyFindsItsUserAlsoAfterARebuild() throws IOException {
    store.catalog().putUser(THREE);
    Map<String, String> before = store.dump();
    store.rebuild();
    assertEquals(before, store.dump());
    for (String key : List.of("A1", "A2", "A3")) {
      User found = store.catalog().findUserByAccessKey(key).orElseThrow();
      assertEquals(THREE, found);
      assertEquals(Optional.of("secret-" + key.charAt(1)), found.secretOf(key));
    }
    assertEquals(Optional.empty(), THREE.secretOf("A4"));
  }

  @Test
  void aDisabledUserStaysSoAfterARebuildAndHasTheKeysStill() throws IOException {
    store.catalog().putUser(THREE);
    store.catalog().updateUser("u", user -> user.withDisabled(true));
    store.rebuild();
    User found = store.catalog().findUserByAccessKey("A2").orElseThrow();
    assertEquals(THREE.withDisabled(true), found);
    assertTrue(found.secretOf("A2").isEmpty());
    store.catalog().updateUser("u", user -> user.withDisabled(false));
    store.rebuild();
    assertEquals(THREE, store.catalog().findUserById("u").orElseThrow());
  }

  @Test
  void aKeyThatWasTakenAwayFindsNobody() throws IOException {
    store.catalog().putUser(THREE);
    store.catalog().updateUser("u",
        user -> user.withKeys(List.of(new AccessKey("A3", "secret-3"), new AccessKey("A4", "secret-4"))));
    assertTrue(store.catalog().findUserByAccessKey("A1").isEmpty());
    assertTrue(store.catalog().findUserByAccessKey("A2").isEmpty());
    assertEquals("A3", store.catalog().findUserByAccessKey("A4").orElseThrow().accessKey());
    store.catalog().deleteUser("u");
    assertTrue(store.catalog().findUserByAccessKey("A3").isEmpty());
    assertTrue(store.catalog().findUserByAccessKey("A4").isEmpty());
    assertTrue(store.catalog().updateUser("u", user -> user).isEmpty());
  }

  @Test
  void noKeyIsTwoUsersNorTwiceOnes() throws IOException {
    store.catalog().putUser(THREE);
    assertThrows(IllegalArgumentException.class,
        () -> store.catalog().putUser(new User("v", "V", "B1", "s", false).withKeys(
            List.of(new AccessKey("B1", "s"), new AccessKey("A2", "s")))));
    assertThrows(IllegalArgumentException.class,
        () -> ONE.withKeys(List.of(new AccessKey("A", "s"), new AccessKey("A", "t"))));
    assertTrue(store.catalog().findUserById("v").isEmpty());
  }

  @Test
  void noSecretIsPrinted() {
    assertEquals(-1, THREE.toString().indexOf("secret-"), THREE.toString());
  }

  @Test
  void aBucketChangesHandsWithWhatWasItsOwners() throws IOException {
    Bucket bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("barn", "alice", "", false, plain -> plain)).bucket();
    store.put(bucket, "alices", "a");
    store.put(bucket, "bobs", "b".getBytes(java.nio.charset.StandardCharsets.UTF_8), TestStore.draft("bob"),
        Precondition.NONE);
    Bucket given = store.catalog().giveBucket("barn", "carol").orElseThrow();
    assertEquals("carol", given.ownerId());
    assertEquals(given, store.catalog().findBucket("barn").orElseThrow());
    assertTrue(store.catalog().giveBucket("none", "carol").isEmpty());
    store.rebuild();
    Bucket now = store.catalog().findBucket("barn").orElseThrow();
    assertEquals(given, now);
    assertEquals("carol", ownerOf(now, "alices"));
    assertEquals("bob", ownerOf(now, "bobs"));
  }

  private String ownerOf(Bucket bucket, String key) throws IOException {
    return assertInstanceOf(Lookup.Found.class, store.catalog().find(bucket, key, VersionSelector.LATEST)).version()
        .attributes().ownerId();
  }
}
