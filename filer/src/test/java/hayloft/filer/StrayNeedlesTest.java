package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.audit.CatalogAudit;
import hayloft.filer.mutation.FieldWriter;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.Optional;
import hayloft.filer.mutation.UserBody;
import hayloft.filer.audit.Finding;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Needles made by hand, their sums right, that no catalog can have written: does a store start in spite of them?
final class StrayNeedlesTest {

  private static final NeedleKind[] KINDS = {NeedleKind.COMMIT, NeedleKind.CHUNK, NeedleKind.BOOK, NeedleKind.BLOB};

  @TempDir
  Path directory;

  static LongStream seeds() {
    Long given = Long.getLong("hayloft.seed");
    return given == null ? new Random().longs(Integer.getInteger("hayloft.seeds", 6)) : LongStream.of(given);
  }

  private static void append(TestStore store, FileId id, NeedleKind kind, long sequence, byte[] meta) {
    store.volumes.append(new NeedleDraft(id, kind, sequence, Unpooled.wrappedBuffer(meta), Unpooled.EMPTY_BUFFER,
        Durability.FSYNC)).join();
  }

  private static Bucket bucket(TestStore store) throws IOException {
    return assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("barn", "owner", "", false, plain -> plain)).bucket();
  }

  /// Something that is not what it was, or never was anything.
  private static byte[] meta(Random random, List<byte[]> good) {
    byte[] meta = good.get(random.nextInt(good.size())).clone();
    switch (random.nextInt(5)) {
      case 0 -> {
        meta = new byte[random.nextInt(200)];
        random.nextBytes(meta);
      }
      case 1 -> meta = Arrays.copyOf(meta, random.nextInt(meta.length + 1));
      case 2 -> meta = Arrays.copyOf(meta, meta.length + random.nextInt(20));
      case 3 -> { // what comes behind the head is noise, so that it is read as a body
        for (int i = Math.min(meta.length, 3 + random.nextInt(20)); i < meta.length; i++) {
          meta[i] = (byte) random.nextInt();
        }
      }
      default -> {
        for (int flips = random.nextInt(1, 6); flips > 0 && meta.length > 0; flips--) {
          meta[random.nextInt(meta.length)] = (byte) random.nextInt();
        }
      }
    }
    if (meta.length > 2 && random.nextBoolean()) {
      meta[0] = 1;
      meta[1] = (byte) random.nextInt(1, 15);
    }
    return meta;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void noneKeepsAStoreFromStarting(long seed) throws IOException {
    System.out.println("StrayNeedlesTest seed " + seed);
    var random = new Random(seed);
    TestStore store = new TestStore(directory.resolve("s" + seed));
    Bucket bucket = bucket(store);
    store.put(bucket, "kept", "x");
    store.put(bucket, "large", new byte[5 * TestStore.CHUNK_BYTES], TestStore.draft("owner"), Precondition.NONE);
    store.catalog().putUser(new User("ann", "Ann", "access", "secret", false));
    store.catalog().createUpload(bucket, "u", TestStore.draft("owner"), Optional.empty(), false);
    store.catalog().delete(bucket, "large", VersionSelector.LATEST, Precondition.NONE);
    store.catalog().collectNow();
    List<byte[]> good = new ArrayList<>(store.volumes.live().stream().map(MemoryVolumes.Needle::meta).toList());
    // whose secret tells the store's key
    store.catalog().putUser(new User("root", "Root", "root-access", "secret", true));
    int volume = store.volumes.ends().getFirst().volume();
    long epoch = store.volumes.highestEpoch();
    for (int i = 0; i < 60; i++) {
      NeedleKind kind = KINDS[random.nextInt(KINDS.length)];
      long key = random.nextInt(4) == 0 ? random.nextLong() | 1 : FileId.HIGHEST_KEY - 1000 + i;
      long sequence = switch (random.nextInt(4)) {
        case 0 -> random.nextLong() | Long.MIN_VALUE;
        case 1 -> 0;
        default -> CommitSequence.of(random.nextLong(epoch + 1), random.nextLong(CommitSequence.MAX_COUNTER));
      };
      byte[] meta = meta(random, good);
      store.volumes.setFence(0);
      append(store, new FileId(volume, key, 7), kind, sequence, meta);
    }
    store.volumes.setHighestEpoch(volume, epoch);
    store.volumes.setFence(epoch);
    for (int start = 0; start < 2; start++) {
      store.restart();
      look(store);
      store.rebuild();
      look(store);
    }
    store.catalog().close();
  }

  private static void look(TestStore store) throws IOException {
    store.catalog().collectNow();
    store.catalog().settleNow();
    store.catalog().lostTruths();
    store.catalog().users();
    store.catalog().buckets();
    store.catalog().audit(Set.of(), new CatalogAudit.Watcher() {
      @Override
      public void progress(String doing, long done, long total, String unit) {}

      @Override
      public void found(Finding finding) {}
    });
  }

  private static byte[] rollUp(long first, long count) {
    var ranges = new FieldWriter(20);
    ranges.varint(first);
    ranges.varint(count);
    var body = new FieldWriter(40);
    body.number(1, 1);
    body.number(38, 2);
    body.nested(42, ranges);
    var envelope = new FieldWriter(4);
    envelope.number(7, 0);
    var meta = new FieldWriter(60);
    meta.oneByte(1);
    meta.oneByte(14);
    meta.oneByte(0);
    meta.varint(envelope.sizeBytes());
    meta.append(envelope);
    meta.append(body);
    return meta.toBytes();
  }

  @Test
  void eachIsToldWithItsPlaceAndWhatToDoAndNothingElseWaits() throws IOException {
    TestStore store = new TestStore(directory);
    Bucket bucket = bucket(store);
    store.put(bucket, "kept", "x");
    int volume = store.volumes.ends().getFirst().volume();
    long sequence = CommitSequence.of(store.volumes.highestEpoch(), 500);
    byte[] user = MutationCodec.encode(new Mutation.DeleteUser("u", Instant.EPOCH), false, "");
    byte[] chunk = MutationCodec.encode(new Mutation.Chunk(bucket.id(), "kept", Instant.EPOCH), false, "");
    append(store, new FileId(volume, 1001, 7), NeedleKind.COMMIT, sequence, new byte[0]);
    append(store, new FileId(volume, 1002, 7), NeedleKind.COMMIT, sequence + 1, new byte[]{1, 1, 0, 99});
    append(store, new FileId(volume, 1003, 7), NeedleKind.CHUNK, sequence + 2, new byte[]{7});
    append(store, new FileId(volume, 1004, 7), NeedleKind.BOOK, sequence + 3, rollUp(5, Long.MAX_VALUE));
    append(store, new FileId(volume, 1005, 7), NeedleKind.BOOK, sequence + 4, rollUp(1, 1L << 32));
    append(store, new FileId(volume, 1006, 7), NeedleKind.CHUNK, sequence + 5, user); // of another kind
    append(store, new FileId(volume, 1007, 7), NeedleKind.COMMIT, sequence + 6, chunk);
    append(store, new FileId(volume, 1008, 7), NeedleKind.COMMIT, sequence + 7,
        new byte[]{1, 9, 0, 3, 6 * 2 + 1, 1, 'z', 99, 5, 1}); // a user whose body is none
    for (int start = 0; start < 3; start++) {
      store.catalog().crash();
      try (var log = new LoggedLines()) {
        if (start == 1) {
          store.rebuild();
        } else {
          store.reopen();
        }
        List<String> told = log.texts().stream().filter(line -> line.startsWith("catalog.damageInReplay")).toList();
        if (start < 2) { // the last one finds nothing new
          assertEquals(8, told.size(), log.texts().toString());
          assertTrue(told.stream().allMatch(line -> line.contains("volume " + volume + " at ")
              && line.contains("action=\"catalog.lost")), told.toString());
        }
      }
      assertEquals(8, store.catalog().lostTruths().size());
      assertInstanceOf(Lookup.Found.class, store.catalog().find(bucket, "kept", VersionSelector.LATEST));
      assertFalse(store.catalog().isGone(6));
      store.put(bucket, "new", "y");
    }
    store.catalog().giveUp(_ -> true);
    assertEquals(List.of(), store.catalog().lostTruths());
    store.restart();
    assertEquals(List.of(), store.catalog().lostTruths());
    store.catalog().close();
  }

  @Test
  void aUserWhoseSecretCannotBeOpenedStepsAside() throws IOException {
    TestStore store = new TestStore(directory);
    bucket(store);
    store.catalog().putUser(new User("ann", "Ann", "access", "secret", false));
    int volume = store.volumes.ends().getFirst().volume();
    var body = new UserBody(Instant.EPOCH, false, "Bob", "other", "AAAA", false);
    append(store, new FileId(volume, 1001, 7), NeedleKind.COMMIT,
        CommitSequence.of(store.volumes.highestEpoch(), 500),
        MutationCodec.encode(new Mutation.PutUser("bob", body), false, ""));
    store.catalog().crash();
    try (var log = new LoggedLines()) {
      store.reopen();
      assertTrue(log.texts().stream().anyMatch(line -> line.startsWith("user.sealed user=bob")),
          log.texts().toString());
    }
    assertEquals("secret", store.catalog().findUserByAccessKey("access").orElseThrow().secretKey());
    assertEquals(List.of("ann"), store.catalog().users().stream().map(User::id).toList());
    store.catalog().deleteUser("bob");
    store.catalog().close();
  }
}
