package hayloft.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.volume.StoreOnDisk;
import hayloft.filer.Bucket;
import hayloft.filer.Precondition;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.VolumeCatalog;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a client writes or deletes between a page of a sweep and what the sweep does about it.
final class VersionSweepTest {

  @TempDir
  private Path temp = Path.of("");
  @SuppressWarnings("NullAway.Init")
  private StoreOnDisk store;

  @BeforeEach
  void open() throws Exception {
    store = new StoreOnDisk(temp.resolve("data"));
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private VolumeCatalog catalog() {
    return store.rooms().catalog();
  }

  private VersionSweep sweep() {
    return new VersionSweep(catalog(), new Job("j1", "test", new Caller("root", ""), Instant.EPOCH), true, 0);
  }

  private void put(Bucket bucket, String key, String body) throws Exception {
    store.put(bucket, key, body.getBytes(UTF_8));
  }

  private String get(Bucket bucket, String key) throws Exception {
    return store.get(bucket, key).map(bytes -> new String(bytes, UTF_8)).orElse("nothing");
  }

  private List<VersionPage.Entry> versions(Bucket bucket) throws Exception {
    return catalog().listVersions(bucket, new VersionQuery("", "", Optional.empty(), Optional.empty(), 100)).entries();
  }

  private static String counts(VersionSweep sweep) {
    ObjectNode told = sweep.tellInto(JsonNodeFactory.instance.objectNode());
    return told.path("objects") + " " + told.path("versions") + " " + told.path("markers") + " "
        + told.path("changedMeanwhile");
  }

  /// Something a client does, once.
  @FunctionalInterface
  private interface Deed {
    void act() throws Exception;
  }

  /// Takes everything old away, after a client has done something since the page was read.
  private static final class Interrupted implements VersionSweep.Judge {
    private Optional<Deed> deed;
    private final boolean newestToo;

    Interrupted(Deed deed, boolean newestToo) {
      this.deed = Optional.of(deed);
      this.newestToo = newestToo;
    }

    private void meanwhile() {
      Optional<Deed> now = deed;
      deed = Optional.empty();
      now.ifPresent(one -> {
        try {
          one.act();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      });
    }

    @Override
    public boolean goes(VersionPage.Entry older, Instant hiddenSince) {
      meanwhile();
      return true;
    }

    @Override
    public boolean newestGoes(VersionPage.Entry newest, long left) {
      meanwhile();
      return newestToo;
    }

    @Override
    public boolean onlyHidden() {
      return !newestToo;
    }
  }

  @Test
  void whatBecameTheNewestMeanwhileStays() throws Exception {
    Bucket barn = store.bucket("barn", Versioning.ENABLED);
    for (String body : List.of("1", "2", "3")) {
      put(barn, "hay", body);
    }
    String newest = versions(barn).getFirst().versionId();
    VersionSweep sweep = sweep();
    sweep.walk(barn, "", false, new Interrupted(() -> catalog().delete(barn, "hay",
        new VersionSelector.Exactly(newest), Precondition.NONE), false));
    assertEquals("2", get(barn, "hay"));
    assertEquals("0 0 0 2", counts(sweep), "the oldest waits for the next sweep");
  }

  @Test
  void whatIsHiddenStillGoesWhenTheKeyIsWrittenMeanwhile() throws Exception {
    Bucket barn = store.bucket("barn", Versioning.ENABLED);
    put(barn, "hay", "1");
    put(barn, "hay", "2");
    VersionSweep sweep = sweep();
    sweep.walk(barn, "", false, new Interrupted(() -> put(barn, "hay", "3"), false));
    assertEquals("3", get(barn, "hay"));
    assertEquals("0 1 0 0", counts(sweep));
    assertEquals(2, versions(barn).size());
  }

  /// It has the version id of the one before it.
  @Test
  void aNullVersionWrittenMeanwhileStays() throws Exception {
    Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
    put(barn, "hay", "old");
    catalog().updateBucket("barn", now -> now.withVersioning(Versioning.ENABLED));
    put(barn, "hay", "newer");
    catalog().updateBucket("barn", now -> now.withVersioning(Versioning.SUSPENDED));
    VersionSweep sweep = sweep();
    sweep.walk(barn, "", false, new Interrupted(() -> put(barn, "hay", "newest"), false));
    assertEquals("newest", get(barn, "hay"));
    assertEquals("0 0 0 1", counts(sweep));
  }

  @Test
  void whatWasRewrittenMeanwhileIsNotRemovedWithAllVersions() throws Exception {
    Bucket barn = store.bucket("barn", Versioning.UNVERSIONED);
    put(barn, "hay", "old");
    VersionSweep sweep = sweep();
    sweep.walk(barn, "", false, new Interrupted(() -> put(barn, "hay", "new"), true));
    assertEquals("new", get(barn, "hay"));
    assertEquals("0 0 0 1", counts(sweep));
  }

  @Test
  void whatWasRewrittenSinceItWasListedIsNotDeleted() throws Exception {
    for (Versioning versioning : List.of(Versioning.UNVERSIONED, Versioning.ENABLED, Versioning.SUSPENDED)) {
      Bucket bucket = store.bucket("barn-" + versioning.ordinal(), versioning);
      put(bucket, "hay", "old");
      put(bucket, "oats", "oats");
      if (!(versions(bucket).getFirst() instanceof VersionPage.Entry.Version(var listed, var _))) {
        throw new AssertionError("no version");
      }
      put(bucket, "hay", "new");
      VersionSweep sweep = sweep();
      sweep.hide(bucket, listed);
      assertEquals("new", get(bucket, "hay"), versioning.name());
      assertEquals("0 0 0 1", counts(sweep));
      sweep.hideAll(bucket, "");
      assertEquals("nothing nothing", get(bucket, "hay") + " " + get(bucket, "oats"), versioning.name());
      assertEquals("2 0 0 1", counts(sweep));
    }
  }

  @Test
  void aMarkerGoesWithTheLastThatItHid() throws Exception {
    Bucket barn = store.bucket("barn", Versioning.ENABLED);
    put(barn, "hay", "1");
    store.delete(barn, "hay");
    VersionSweep sweep = sweep();
    sweep.prune(barn, Instant.MAX, 0);
    assertEquals("0 1 1 0", counts(sweep));
    assertEquals(List.of(), versions(barn));
  }
}
