package hayloft.cli.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.ObjectPage;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.VolumeCatalog;
import hayloft.volume.compaction.Pace;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Deletes what pages of a listing show, or counts what it would. Confined to one job.
///
/// One version after the other and no more than so many a second, so that others are served meanwhile. Clients go on
/// writing between a page and what is done about it: the catalog looks again under the key's lock, and what is no more
/// as the page had it is kept and counted as such. The newest version of a key goes last: nothing older is seen on the
/// way, nor after a fault.
final class VersionSweep {

  private static final int PAGE = 1000;
  private static final long UNPACED = 1L << 40;

  private final VolumeCatalog catalog;
  private final Job job;
  private final boolean apply;
  private final Pace pace;
  private long objects;
  private long versions;
  private long markers;
  private long bytes;
  private long changed;
  private long seen;

  /// @param perSecond deletions at most; 0 for as fast as it goes
  VersionSweep(VolumeCatalog catalog, Job job, boolean apply, long perSecond) {
    this.catalog = catalog;
    this.job = job;
    this.apply = apply;
    this.pace = new Pace(perSecond == 0 ? UNPACED : perSecond);
    job.onCancel(pace::stop);
  }

  /// Versions and delete markers that were looked at.
  long seen() {
    return seen;
  }

  ObjectNode tellInto(ObjectNode answer) {
    return answer.put("objects", objects).put("versions", versions).put("markers", markers).put("bytes", bytes)
        .put("changedMeanwhile", changed);
  }

  /// Deletes an object as a client does.
  void hide(Bucket bucket, ListedVersion listed) throws IOException {
    if (apply) {
      pace.spend(1);
      if (!catalog.deleteListed(bucket, listed)) {
        changed++;
        return;
      }
    }
    objects++;
    bytes += listed.sizeBytes();
  }

  /// The same for every object whose key begins so.
  void hideAll(Bucket bucket, String prefix) throws IOException {
    Optional<String> after = Optional.empty();
    do {
      ObjectPage page = catalog.list(bucket, new ListQuery(prefix, "", after, PAGE));
      for (ListedVersion object : page.objects()) {
        hide(bucket, object);
        looked();
      }
      after = page.next();
    } while (after.isPresent());
  }

  /// Takes all versions and delete markers away for good.
  ///
  /// @param oneKey only of the key that the prefix is
  void eraseAll(Bucket bucket, String prefix, boolean oneKey) throws IOException {
    walk(bucket, prefix, oneKey, new Judge() {
      @Override
      public boolean goes(VersionPage.Entry older, Instant hiddenSince) {
        return true;
      }

      @Override
      public boolean newestGoes(VersionPage.Entry newest, long left) {
        return true;
      }

      @Override
      public boolean onlyHidden() {
        return false;
      }
    });
  }

  /// Takes versions away that something newer replaced, and delete markers behind which nothing is left.
  ///
  /// @param before only what was replaced, or deleted, until then
  /// @param keep so many of a key's hidden versions stay
  void prune(Bucket bucket, Instant before, long keep) throws IOException {
    walk(bucket, "", false, new Pruning(before, keep));
  }

  /// What is to go.
  interface Judge {
    /// Of a version that something newer hides.
    ///
    /// @param hiddenSince when the next newer one came
    boolean goes(VersionPage.Entry older, Instant hiddenSince);

    /// Of a key's newest, after all others were looked at.
    ///
    /// @param left of the others
    boolean newestGoes(VersionPage.Entry newest, long left);

    /// Whether what goes, but for the newest, must be hidden at that moment, too.
    boolean onlyHidden();
  }

  /// Keeps the newest of a key's hidden versions. Confined to one walk.
  private static final class Pruning implements Judge {
    private final Instant before;
    private final long keep;
    private String key = "";
    private long kept;

    Pruning(Instant before, long keep) {
      this.before = before;
      this.keep = keep;
    }

    @Override
    public boolean goes(VersionPage.Entry older, Instant hiddenSince) {
      if (!older.key().equals(key)) {
        key = older.key();
        kept = 0;
      }
      if (older instanceof VersionPage.Entry.Version && kept < keep) {
        kept++;
        return false;
      }
      return !hiddenSince.isAfter(before);
    }

    @Override
    public boolean newestGoes(VersionPage.Entry newest, long left) {
      return newest instanceof VersionPage.Entry.Marker && left == 0 && !newest.modified().isAfter(before);
    }

    @Override
    public boolean onlyHidden() {
      return true;
    }
  }

  /// Keys of a prefix, or the one that it is, newest version first, which is held back until its key is over.
  void walk(Bucket bucket, String prefix, boolean oneKey, Judge judge) throws IOException {
    VersionPage.@Nullable Entry newest = null;
    Instant since = Instant.MAX;
    long left = 0;
    Optional<VersionPage.Next> from = Optional.empty();
    do {
      VersionPage page = catalog.listVersions(bucket, new VersionQuery(prefix, "", from.map(VersionPage.Next::key),
          from.flatMap(VersionPage.Next::versionId), PAGE));
      from = page.next();
      for (VersionPage.Entry entry : page.entries()) {
        if (oneKey && !entry.key().equals(prefix)) {
          from = Optional.empty();
          break;
        }
        looked();
        if (newest == null || !entry.key().equals(newest.key())) {
          end(bucket, newest, left, judge);
          newest = entry;
          left = 0;
        } else if (!judge.goes(entry, since)
            || !erase(bucket, entry, judge.onlyHidden() ? Optional.of(newest) : Optional.empty())) {
          left++;
        }
        since = entry.modified();
      }
    } while (from.isPresent());
    end(bucket, newest, left, judge);
  }

  private void end(Bucket bucket, VersionPage.@Nullable Entry newest, long left, Judge judge) throws IOException {
    if (newest != null && judge.newestGoes(newest, left)) {
      erase(bucket, newest, Optional.empty());
    }
  }

  private boolean erase(Bucket bucket, VersionPage.Entry entry, Optional<VersionPage.Entry> newest)
      throws IOException {
    if (apply) {
      pace.spend(1);
      if (!catalog.eraseListed(bucket, entry, newest)) {
        changed++;
        return false;
      }
    }
    switch (entry) {
      case VersionPage.Entry.Version version -> {
        versions++;
        bytes += version.version().sizeBytes();
      }
      case VersionPage.Entry.Marker _ -> markers++;
    }
    return true;
  }

  private void looked() throws IOException {
    job.progress(++seen, 0, "entries");
  }
}
