package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.Lookup;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.VolumeCatalog;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// `fs.versions`, `fs.rm` and `s3.bucket.prune`: what is there of objects over time, and taking it away
/// ([VersionSweep]). Thread-safe.
final class VersionCommands {

  private static final int PAGE = 1000;
  private static final long USUAL_RATE = 1000;
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
      throw AdminRefusal.wrong("-afterVersion must be what an answer had as next, got " + afterVersion.get());
    }
    boolean isKey = !path.key().isEmpty() && !path.key().endsWith("/");
    VersionPage page = page(bucket(path.bucket()), path.key(),
        afterKey.map(key -> new VersionPage.Next(key, afterVersion)), limit);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("path", path.toString());
    ArrayNode rows = answer.putArray("versions");
    boolean isLast = false;
    for (VersionPage.Entry entry : page.entries()) {
      if (isKey && !entry.key().equals(path.key())) {
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
    ObjectNode row = JsonNodeFactory.instance.objectNode().put("key", entry.key())
        .put("versionId", entry.versionId()).put("modified", entry.modified().toString()).put("latest", entry.latest());
    return switch (entry) {
      case VersionPage.Entry.Version(ListedVersion version, boolean _) -> row.put("deleteMarker", false)
          .put("sizeBytes", version.sizeBytes()).put("etag", version.etag()).put("owner", version.ownerId());
      case VersionPage.Entry.Marker marker -> row.put("deleteMarker", true).put("owner", marker.ownerId());
    };
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
      var sweep = new VersionSweep(catalog, job, apply, rate);
      boolean marks = false;
      for (TreePath path : paths) {
        job.doing(path.toString());
        Bucket bucket = bucket(path.bucket());
        marks |= !versions && bucket.versioning() != Versioning.UNVERSIONED;
        if (versions) {
          eraseAll(bucket, path, recursive, sweep);
        } else {
          hideAll(bucket, path, recursive, sweep);
        }
      }
      return sweep.tellInto(JsonNodeFactory.instance.objectNode().put("dryRun", !apply)).put("deleteMarkersMade",
          marks);
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
    return !first.isEmpty() && (!exactly || first.getFirst().key().equals(prefix));
  }

  private void hideAll(Bucket bucket, TreePath path, boolean recursive, VersionSweep sweep) throws IOException {
    if (!path.key().isEmpty() && (!recursive || !path.key().endsWith("/"))
        && catalog.find(bucket, path.key(), VersionSelector.LATEST) instanceof Lookup.Found(var object)) {
      sweep.hide(bucket, ListedVersion.of(object));
    }
    if (recursive) {
      sweep.hideAll(bucket, path.prefix());
    }
  }

  private static void eraseAll(Bucket bucket, TreePath path, boolean recursive, VersionSweep sweep)
      throws IOException {
    if (!path.key().isEmpty() && (!recursive || !path.key().endsWith("/"))) {
      sweep.eraseAll(bucket, path.key(), true);
    }
    if (recursive) {
      sweep.eraseAll(bucket, path.prefix(), false);
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
      var sweep = new VersionSweep(catalog, job, apply, rate);
      job.doing(bucket.name());
      sweep.prune(bucket, before, keep);
      return sweep.tellInto(JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("bucket", bucket.name())
          .put("before", before.toString()).put("looked", sweep.seen()));
    };
  }
}
