package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectPage;
import hayloft.filer.Precondition;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.VolumeCatalog;
import hayloft.volume.compaction.Pace;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `fs.versions`, `fs.rm` and `s3.bucket.prune`: what is there of objects over time, and taking it away. Thread-safe.
///
/// Whatever deletes walks pages, deletes one version after the other and no more than so many a second, so that others
/// are served meanwhile. The newest version of a key goes last: nothing older is seen on the way, nor after a fault.
final class VersionCommands {

  private static final int PAGE = 1000;
  private static final long USUAL_RATE = 1000;
  private static final long UNPACED = 1L << 40;
  private static final long MOST_SECONDS = Duration.ofDays(99_999).toSeconds();
  private static final int MOST_PATHS = 1000;

  private final VolumeCatalog catalog;
  private final InstantSource clock;

  VersionCommands(VolumeCatalog catalog, InstantSource clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("fs.versions", this::versions),
        AdminCommand.changesLongIfApplied("fs.rm", this::remove),
        AdminCommand.changesLongIfApplied("s3.bucket.prune", this::prune));
  }

  private Bucket bucket(String name) {
    return catalog.findBucket(name).orElseThrow(() -> AdminRefusal.absent("there is no bucket " + name));
  }

  private VersionPage page(Bucket bucket, String prefix, Optional<VersionPage.Next> from, int limit)
      throws IOException {
    return catalog.listVersions(bucket, new VersionQuery(prefix, "", from.map(VersionPage.Next::key),
        from.flatMap(VersionPage.Next::versionId), limit));
  }

  private static String key(VersionPage.Entry entry) {
    return switch (entry) {
      case VersionPage.Entry.Version(ListedVersion version, boolean _) -> version.key();
      case VersionPage.Entry.Marker marker -> marker.key();
    };
  }

  private static String id(VersionPage.Entry entry) {
    return switch (entry) {
      case VersionPage.Entry.Version(ListedVersion version, boolean _) -> version.versionId();
      case VersionPage.Entry.Marker marker -> marker.versionId();
    };
  }

  private static Instant modified(VersionPage.Entry entry) {
    return switch (entry) {
      case VersionPage.Entry.Version(ListedVersion version, boolean _) -> version.modified();
      case VersionPage.Entry.Marker marker -> marker.modified();
    };
  }

  /// Of a key; of all below if the path is a bucket or ends with a slash.
  private JsonNode versions(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    TreePath path = TreePath.parse(arguments.text("path"));
    Optional<String> afterKey = arguments.optionalText("afterKey");
    Optional<String> afterVersion = arguments.optionalText("afterVersion");
    int limit = (int) arguments.number("limit", PAGE, 1, PAGE);
    arguments.requireAllKnown();
    if (path.isRoot()) {
      throw AdminRefusal.wrong("path must be /BUCKET/KEY, or /BUCKET/PREFIX/ for all below");
    }
    if (afterVersion.isPresent() && !VersionQuery.isMarker(afterVersion.get())) {
      throw AdminRefusal.wrong("afterVersion must be what an answer had as next, got " + afterVersion.get());
    }
    boolean isKey = !path.key().isEmpty() && !path.key().endsWith("/");
    VersionPage page = page(bucket(path.bucket()), path.key(),
        afterKey.map(key -> new VersionPage.Next(key, afterVersion)), limit);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("path", path.toString());
    ArrayNode rows = answer.putArray("versions");
    boolean isLast = false;
    for (VersionPage.Entry entry : page.entries()) {
      if (isKey && !key(entry).equals(path.key())) {
        isLast = true;
        break;
      }
      rows.add(row(entry));
    }
    if (rows.isEmpty() && afterKey.isEmpty() && !path.key().isEmpty()) {
      throw AdminRefusal.absent("there is no version at " + path);
    }
    if (!isLast && page.next().isPresent()) {
      ObjectNode next = answer.putObject("next").put("afterKey", page.next().get().key());
      page.next().get().versionId().ifPresent(version -> next.put("afterVersion", version));
    }
    return answer;
  }

  private static ObjectNode row(VersionPage.Entry entry) {
    ObjectNode row = JsonNodeFactory.instance.objectNode().put("key", key(entry)).put("versionId", id(entry))
        .put("modified", modified(entry).toString()).put("latest", entry.latest());
    return switch (entry) {
      case VersionPage.Entry.Version(ListedVersion version, boolean _) -> row.put("deleteMarker", false)
          .put("sizeBytes", version.sizeBytes()).put("etag", version.etag()).put("owner", version.ownerId());
      case VersionPage.Entry.Marker marker -> row.put("deleteMarker", true).put("owner", marker.ownerId());
    };
  }

  /// Deletes, or counts what it would. Confined to one job.
  private final class Removal {
    private final Job job;
    private final boolean apply;
    private final Pace pace;
    private long objects;
    private long versions;
    private long markers;
    private long bytes;
    private long seen;

    Removal(Job job, boolean apply, long perSecond) {
      this.job = job;
      this.apply = apply;
      this.pace = new Pace(perSecond == 0 ? UNPACED : perSecond);
      job.onCancel(pace::stop);
    }

    void hide(Bucket bucket, String key, long sizeBytes) throws IOException {
      if (apply) {
        pace.spend(1);
        catalog.delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
      }
      objects++;
      bytes += sizeBytes;
    }

    void erase(Bucket bucket, VersionPage.Entry entry) throws IOException {
      if (apply) {
        pace.spend(1);
        catalog.delete(bucket, key(entry), new VersionSelector.Exactly(id(entry)), Precondition.NONE);
      }
      switch (entry) {
        case VersionPage.Entry.Version(ListedVersion version, boolean _) -> {
          versions++;
          bytes += version.sizeBytes();
        }
        case VersionPage.Entry.Marker _ -> markers++;
      }
    }

    void looked() throws IOException {
      job.progress(++seen, 0, "entries");
    }
  }

  private Jobs.Work remove(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    List<TreePath> paths = arguments.texts("paths").stream().map(TreePath::parse).toList();
    boolean recursive = arguments.flag("recursive");
    boolean versions = arguments.flag("versions");
    boolean apply = arguments.flag("apply");
    long rate = arguments.number("rate", USUAL_RATE, 0, Integer.MAX_VALUE);
    arguments.requireAllKnown();
    if (paths.isEmpty() || paths.size() > MOST_PATHS) {
      throw AdminRefusal.wrong("paths must be 1 to " + MOST_PATHS + " of /BUCKET/KEY");
    }
    for (TreePath path : paths) { // all before the first is deleted
      requireSomething(path, recursive, versions);
    }
    return job -> {
      var removal = new Removal(job, apply, rate);
      boolean marks = false;
      for (TreePath path : paths) {
        job.doing(path.toString());
        Bucket bucket = bucket(path.bucket());
        marks |= !versions && bucket.versioning() != Versioning.UNVERSIONED;
        if (versions) {
          eraseAll(bucket, path, recursive, removal);
        } else {
          hideAll(bucket, path, recursive, removal);
        }
      }
      return JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("objects", removal.objects)
          .put("versions", removal.versions).put("markers", removal.markers).put("bytes", removal.bytes)
          .put("deleteMarkersMade", marks);
    };
  }

  private void requireSomething(TreePath path, boolean recursive, boolean versions) throws IOException {
    if (path.isRoot()) {
      throw AdminRefusal.wrong("path must be /BUCKET/KEY; s3.bucket.delete deletes buckets");
    }
    Bucket bucket = bucket(path.bucket());
    if (path.key().isEmpty()) {
      if (!recursive) {
        throw AdminRefusal.wrong(path + " is a bucket: -recursive deletes what is in it, s3.bucket.delete the bucket");
      }
      return;
    }
    boolean isThere = versions ? isThere(bucket, path.key(), true) : isObject(bucket, path.key());
    boolean isAbove = versions
        ? isThere(bucket, path.prefix(), false)
        : !catalog.list(bucket, new ListQuery(path.prefix(), "", Optional.empty(), 1)).objects().isEmpty();
    if (!isThere && !isAbove) {
      throw AdminRefusal.absent("there is nothing at " + path + "; nothing was deleted");
    }
    if (!isThere && !recursive) {
      throw AdminRefusal.wrong("there is no object " + path + ", only some below it: -recursive deletes them");
    }
  }

  private boolean isObject(Bucket bucket, String key) throws IOException {
    return catalog.find(bucket, key, VersionSelector.LATEST) instanceof Lookup.Found;
  }

  private boolean isThere(Bucket bucket, String prefix, boolean exactly) throws IOException {
    List<VersionPage.Entry> first = page(bucket, prefix, Optional.empty(), 1).entries();
    return !first.isEmpty() && (!exactly || key(first.getFirst()).equals(prefix));
  }

  private void hideAll(Bucket bucket, TreePath path, boolean recursive, Removal removal) throws IOException {
    if (!path.key().isEmpty() && (!recursive || !path.key().endsWith("/"))
        && catalog.find(bucket, path.key(), VersionSelector.LATEST) instanceof Lookup.Found(var object)) {
      removal.hide(bucket, path.key(), object.sizeBytes());
    }
    Optional<String> after = Optional.empty();
    while (recursive) {
      ObjectPage page = catalog.list(bucket, new ListQuery(path.prefix(), "", after, PAGE));
      for (ListedVersion object : page.objects()) {
        removal.hide(bucket, object.key(), object.sizeBytes());
        removal.looked();
      }
      after = page.next();
      if (after.isEmpty()) {
        return;
      }
    }
  }

  private void eraseAll(Bucket bucket, TreePath path, boolean recursive, Removal removal) throws IOException {
    Judge all = (_, _) -> true;
    if (!path.key().isEmpty() && (!recursive || !path.key().endsWith("/"))) {
      walk(bucket, path.key(), true, all, (_, _) -> true, removal);
    }
    if (recursive) {
      walk(bucket, path.prefix(), false, all, (_, _) -> true, removal);
    }
  }

  /// Whether a version that something newer hides is to go.
  @FunctionalInterface
  private interface Judge {
    /// @param hiddenSince when the next newer one came
    boolean goes(VersionPage.Entry hidden, Instant hiddenSince);
  }

  /// Whether a key's newest version is to go, after all others were looked at.
  @FunctionalInterface
  private interface LastJudge {
    /// @param left of the others
    boolean goes(VersionPage.Entry newest, long left);
  }

  /// Keys of a prefix, or the one that it is, newest version first, which is held back until its key is over.
  private void walk(Bucket bucket, String prefix, boolean oneKey, Judge judge, LastJudge last, Removal removal)
      throws IOException {
    List<VersionPage.Entry> newest = new ArrayList<>(1);
    Instant since = Instant.MAX;
    long left = 0;
    Optional<VersionPage.Next> from = Optional.empty();
    do {
      VersionPage page = page(bucket, prefix, from, PAGE);
      from = page.next();
      for (VersionPage.Entry entry : page.entries()) {
        if (oneKey && !key(entry).equals(prefix)) {
          from = Optional.empty();
          break;
        }
        removal.looked();
        if (newest.isEmpty() || !key(entry).equals(key(newest.getFirst()))) {
          end(bucket, newest, left, last, removal);
          newest.add(entry);
          left = 0;
        } else if (judge.goes(entry, since)) {
          removal.erase(bucket, entry);
        } else {
          left++;
        }
        since = modified(entry);
      }
    } while (from.isPresent());
    end(bucket, newest, left, last, removal);
  }

  private static void end(Bucket bucket, List<VersionPage.Entry> newest, long left, LastJudge last, Removal removal)
      throws IOException {
    if (!newest.isEmpty() && last.goes(newest.getFirst(), left)) {
      removal.erase(bucket, newest.getFirst());
    }
    newest.clear();
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
    public boolean goes(VersionPage.Entry hidden, Instant hiddenSince) {
      if (!key(hidden).equals(key)) {
        key = key(hidden);
        kept = 0;
      }
      if (hidden instanceof VersionPage.Entry.Version && kept < keep) {
        kept++;
        return false;
      }
      return !hiddenSince.isAfter(before);
    }
  }

  private Jobs.Work prune(AdminCall call) {
    Arguments arguments = call.arguments();
    Bucket bucket = bucket(arguments.text("bucket"));
    long seconds = arguments.number("olderThanSeconds", Duration.ofDays(30).toSeconds(), 0, MOST_SECONDS);
    long keep = arguments.number("keep", 0, 0, Integer.MAX_VALUE);
    boolean apply = arguments.flag("apply");
    long rate = arguments.number("rate", USUAL_RATE, 0, Integer.MAX_VALUE);
    arguments.requireAllKnown();
    Instant before = clock.instant().minusSeconds(seconds);
    return job -> {
      var removal = new Removal(job, apply, rate);
      job.doing(bucket.name());
      walk(bucket, "", false, new Pruning(before, keep), (newest, left) -> newest instanceof VersionPage.Entry.Marker
          && left == 0 && !modified(newest).isAfter(before), removal);
      return JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("bucket", bucket.name())
          .put("before", before.toString()).put("looked", removal.seen).put("versions", removal.versions)
          .put("markers", removal.markers).put("bytes", removal.bytes);
    };
  }
}
