package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.FileId;
import hayloft.common.volume.Presence;
import hayloft.common.volume.VolumeMarks;
import hayloft.filer.MemoryVolumes.Needle;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.VolumeStateBody.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Do the catalog's books on volumes, dead marks and states, survive what is lost of their caches?
final class BooksTest {

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("barn", "owner", "", false, plain -> plain)).bucket();
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private static FileId needleOf(ObjectVersion version) {
    return assertInstanceOf(BodyLocation.Inline.class, version.body()).needle();
  }

  private Lookup find(String key) throws IOException {
    return store.catalog().find(bucket, key, VersionSelector.LATEST);
  }

  private List<Integer> volumes() {
    return store.volumes.ends().stream().map(end -> end.volume()).toList();
  }

  @Test
  void deadLogsThatAreLostAreMadeAnewByTheNextStart() throws IOException {
    FileId first = needleOf(store.put(bucket, "k", "1"));
    store.put(bucket, "k", "2");
    store.put(bucket, "gone", "x");
    store.catalog().delete(bucket, "gone", VersionSelector.LATEST, Precondition.NONE);
    store.catalog().collectNow();
    assertEquals(Presence.DEAD, store.volumes.presence(first.volume(), first.key()));
    List<VolumeMarks> before = store.volumes.marks();
    for (boolean rebuild : new boolean[]{false, true}) {
      store.catalog().crash();
      volumes().forEach(store.volumes::loseDeadLog);
      assertEquals(Presence.LIVE, store.volumes.presence(first.volume(), first.key()));
      store.reopen();
      if (rebuild) {
        store.rebuild();
      }
      assertEquals(before, store.volumes.marks());
      assertEquals(new Lookup.Absent(), find("gone"));
    }
  }

  /// Also if nobody is left to tell them: the killers stay until what they killed is physically gone.
  @Test
  void lostMarksBringNothingBackEvenIfTheirBooksAreDamagedToo() throws IOException {
    store.put(bucket, "k", "1");
    store.put(bucket, "k", "2");
    store.put(bucket, "gone", "x");
    store.catalog().delete(bucket, "gone", VersionSelector.LATEST, Precondition.NONE);
    store.catalog().collectNow();
    store.catalog().crash();
    store.volumes.books().forEach(book -> store.volumes.damage(book.id(), true));
    volumes().forEach(store.volumes::loseDeadLog);
    store.reopen();
    store.rebuild();
    assertEquals(new Lookup.Absent(), find("gone"));
    ObjectVersion current = assertInstanceOf(Lookup.Found.class, find("k")).version();
    assertEquals("2", new String(store.read(current), java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void marksOfLevelOneBecomeNeedlesOnce() throws IOException {
    FileId first = needleOf(store.put(bucket, "k", "1"));
    FileId second = needleOf(store.put(bucket, "other", "2"));
    store.catalog().crash();
    store.volumes.markAsLevelOne(first.volume(), List.of(first.key()));
    store.volumes.markAsLevelOne(second.volume(), List.of(second.key()));
    store.reopen();
    store.rebuild();
    store.catalog().settleNow();
    assertFalse(store.volumes.marks().stream().anyMatch(VolumeMarks::legacy));
    int books = store.volumes.books().size();
    assertTrue(books > 0);
    store.restart();
    store.catalog().settleNow();
    assertEquals(books, store.volumes.books().size(), "once");
    store.catalog().crash();
    volumes().forEach(store.volumes::loseDeadLog);
    store.reopen();
    store.rebuild();
    assertEquals(new Lookup.Absent(), find("k"));
    assertEquals(new Lookup.Absent(), find("other"));
  }

  @Test
  void theBookOfAMarkTellsItsVolumeAndKeys() throws IOException {
    FileId first = needleOf(store.put(bucket, "k", "1"));
    store.put(bucket, "k", "2");
    store.catalog().collectNow();
    Needle book = store.volumes.books().getFirst();
    Mutation.MarkDead mark = assertInstanceOf(Mutation.MarkDead.class, MutationCodec.decode(book.meta(), ""));
    assertEquals(first.volume(), mark.volume());
    assertTrue(mark.keys().contains(first.key()));
  }

  @Test
  void aVolumeThatWasGivenUpAndComesBackIsPutAside() throws IOException {
    FileId needle = needleOf(store.put(bucket, "k", "1"));
    store.catalog().close();
    store.volumes.takeAway(needle.volume());
    store.reopen();
    store.catalog().dropVolume(needle.volume(), new hayloft.filer.losses.VolumeDrop.Watcher() {
      @Override
      public void lost(String what, hayloft.filer.audit.NeedleAt at) {}

      @Override
      public void kept(String what) {}
    });
    assertEquals(new Lookup.Absent(), find("k"));
    store.catalog().close();
    store.volumes.putBack(needle.volume());
    store.reopen();
    assertTrue(store.volumes.putAside().contains(needle.volume()));
    assertEquals(new Lookup.Absent(), find("k"));
    store.rebuild();
    assertEquals(new Lookup.Absent(), find("k"));
    assertEquals(List.of(), store.catalog().lostTruths());
  }

  @Test
  void manyRetiredVolumesTakeOneBook() throws IOException {
    var states = store.catalog().states();
    int last = 1000;
    for (int volume = last + 70; volume > last; volume--) { // the master gives out ids above the first
      store.volumes.create(volume);
      states.retire(volume, 0);
    }
    long books = 0;
    for (Needle book : store.volumes.books()) {
      books += MutationCodec.decode(book.meta(), "") instanceof Mutation.SetVolumeState ? 1 : 0;
    }
    assertTrue(books < 10, books + " books");
    for (int i = 0; i < 2; i++) {
      for (int volume = last + 1; volume <= last + 70; volume++) {
        assertEquals(Optional.of(State.RETIRED), store.catalog().states().known().of(volume),
            "volume " + volume + " rebuilt " + i);
        assertTrue(store.master.gone().contains(volume));
      }
      assertEquals(Optional.empty(), store.catalog().states().known().of(last));
      assertEquals(List.of(), store.catalog().lostTruths());
      store.rebuild();
    }
  }

  @Test
  void whatIsDeadAndStillInAFileHasRemains() throws IOException {
    store.put(bucket, "k", "1");
    store.put(bucket, "k", "2");
    store.catalog().collectNow();
    Map<String, String> remains = store.dump(true);
    assertEquals(1, remains.keySet().stream().filter(row -> row.startsWith("R")).count(), remains.keySet().toString());
    store.rebuild();
    assertEquals(remains, store.dump(true));
  }
}
