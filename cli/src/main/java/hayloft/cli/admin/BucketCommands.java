package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ByteSize;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCount;
import hayloft.filer.BucketCreation;
import hayloft.filer.BucketDeletion;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.User;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.quota.Quota;
import hayloft.filer.quota.Usage;
import hayloft.s3.bucket.BucketName;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/// `s3.bucket.list`, `usage`, `create`, `delete`, `owner` and `quota`. Thread-safe.
final class BucketCommands {

  /// Why no bucket is made for object lock, and what comes nearest.
  private static final String NO_OBJECT_LOCK = "object lock is not there yet: no object would be locked, so no bucket"
      + " was made. Leave -objectLock out; -versioning keeps what is overwritten or deleted, but locks nothing";
  private static final int PAGE = 1000;

  private final VolumeCatalog catalog;
  private final String region;

  /// @param region that buckets are created in
  BucketCommands(VolumeCatalog catalog, String region) {
    this.catalog = catalog;
    this.region = region;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("s3.bucket.list", this::list),
        AdminCommand.readsLong("s3.bucket.usage", this::usage),
        AdminCommand.changes("s3.bucket.create", this::create),
        AdminCommand.changesLongIfApplied("s3.bucket.delete", this::delete),
        AdminCommand.changesIfApplied("s3.bucket.owner", this::owner),
        AdminCommand.changesIfApplied("s3.bucket.quota", this::quota));
  }

  private JsonNode list(AdminCall call) {
    Optional<String> owner = call.arguments().optionalText("owner");
    var page = new NamePage(call.arguments());
    call.arguments().requireAllKnown();
    owner.ifPresent(this::requireOwner);
    return page.of("buckets", catalog.buckets().stream()
        .filter(bucket -> owner.map(bucket.ownerId()::equals).orElse(true)).toList(), Bucket::name, bucket -> {
          ObjectNode shown = bucket(bucket);
          catalog.lastCount(bucket).ifPresent(count -> put(shown, count));
          return shown;
        });
  }

  private static ObjectNode bucket(Bucket bucket) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", bucket.name()).put("owner", bucket.ownerId())
        .put("created", bucket.created().toString()).put("region", bucket.region())
        .put("versioning", bucket.versioning().name().toLowerCase(Locale.ROOT)).put("objectLock", bucket.objectLock());
    bucket.durability().ifPresent(own -> json.put("durability", own.text()));
    new TreeSet<>(bucket.settings().keySet()).forEach(json.putArray("settings")::add);
    return json;
  }

  private static void put(ObjectNode into, BucketCount count) {
    into.put("objects", count.objects()).put("versions", count.versions()).put("markers", count.markers())
        .put("bytes", count.bytes()).put("uploads", count.uploads()).put("uploadBytes", count.uploadBytes())
        .put("counted", count.at().toString());
  }

  private Jobs.Work usage(AdminCall call) {
    Optional<String> name = call.arguments().optionalText("bucket");
    call.arguments().requireAllKnown();
    List<Bucket> asked = name.isEmpty() ? catalog.buckets() : List.of(requireBucket(name.get()));
    return job -> {
      ObjectNode answer = JsonNodeFactory.instance.objectNode();
      ArrayNode buckets = answer.putArray("buckets");
      long before = 0;
      for (Bucket bucket : asked) {
        job.doing(bucket.name());
        long done = before;
        BucketCount count = catalog.count(bucket, entries -> job.progress(done + entries, 0, "entries"));
        before += count.versions() + count.markers() + count.uploads();
        put(buckets.addObject().put("name", bucket.name()).put("owner", bucket.ownerId()), count);
      }
      return answer;
    };
  }

  private JsonNode create(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    String name = arguments.text("name");
    String owner = arguments.optionalText("owner").orElse(call.caller().userId());
    boolean versioned = arguments.flag("versioning");
    boolean objectLock = arguments.flag("objectLock");
    arguments.requireAllKnown();
    if (!BucketName.isValid(name)) {
      throw AdminRefusal
          .wrong("\"" + name + "\" is no name that a bucket may have: 3 to 63 of a-z, 0-9, . and -, no IP address");
    }
    if (objectLock) { // a bucket that is told to lock and does not would lose what its owner relies on
      throw new AdminRefusal(501, "NotImplemented", NO_OBJECT_LOCK);
    }
    requireUser(owner);
    return switch (catalog.createBucket(name, owner, region, false,
        plain -> versioned ? plain.withVersioning(Versioning.ENABLED) : plain)) {
      case BucketCreation.Created(Bucket made) -> bucket(made);
      case BucketCreation.NameTaken(Bucket other) ->
        throw AdminRefusal.conflict("there is a bucket " + name + " already; it is " + other.ownerId() + "'s");
    };
  }

  /// Who was deleted may have left buckets behind.
  private void requireOwner(String id) {
    if (catalog.buckets().stream().noneMatch(bucket -> bucket.ownerId().equals(id))) {
      requireUser(id);
    }
  }

  private User requireUser(String id) {
    return catalog.findUserById(id).orElseThrow(() -> AdminRefusal.absent("there is no user " + id));
  }

  private Bucket requireBucket(String name) {
    return catalog.findBucket(name).orElseThrow(() -> AdminRefusal.absent("there is no bucket " + name));
  }

  private JsonNode owner(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    String name = arguments.text("name");
    Optional<String> owner = arguments.optionalText("owner");
    boolean apply = arguments.flag("apply");
    arguments.requireAllKnown();
    Bucket bucket = requireBucket(name);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("name", name).put("owner", bucket.ownerId());
    if (owner.isEmpty()) {
      return answer;
    }
    requireUser(owner.get());
    if (apply) {
      if (catalog.giveBucket(name, owner.get()).isEmpty()) {
        throw AdminRefusal.absent("bucket " + name + " was deleted meanwhile");
      }
    }
    return answer.put("dryRun", !apply).put("formerOwner", bucket.ownerId()).put("owner", owner.get());
  }

  /// Without a size, a number or `remove` it only tells.
  private JsonNode quota(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    String name = arguments.text("name");
    Optional<String> size = arguments.optionalText("size");
    Optional<String> objects = arguments.optionalText("objects");
    boolean remove = arguments.flag("remove");
    boolean apply = arguments.flag("apply");
    arguments.requireAllKnown();
    Bucket bucket = requireBucket(name);
    if (remove && (size.isPresent() || objects.isPresent())) {
      throw AdminRefusal.wrong("-remove takes the quota away: it goes with neither -size nor -objects");
    }
    boolean changes = remove || size.isPresent() || objects.isPresent();
    Optional<Quota> before = Quota.of(bucket);
    Optional<Quota> wanted = remove || !changes
        ? Optional.<Quota>empty()
        : Optional.of(new Quota(size(size), count(objects)));
    Optional<Quota> shown = changes ? wanted : before;
    if (changes && apply) {
      Quota next = wanted.orElse(new Quota(OptionalLong.empty(), OptionalLong.empty()));
      if (catalog.updateBucket(name, next::on).isEmpty()) {
        throw AdminRefusal.absent("bucket " + name + " was deleted meanwhile");
      }
    }
    Usage usage = catalog.usage(bucket);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("name", name);
    answer.set("quota", json(shown));
    answer.putObject("usage").put("bytes", usage.bytes()).put("objects", usage.objects());
    if (changes) {
      answer.put("dryRun", !apply).set("formerQuota", json(before));
    }
    return answer;
  }

  private static ObjectNode json(Optional<Quota> quota) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    quota.flatMap(of -> optional(of.bytes())).ifPresent(bytes -> json.put("bytes", bytes));
    quota.flatMap(of -> optional(of.objects())).ifPresent(objects -> json.put("objects", objects));
    return json;
  }

  private static Optional<Long> optional(OptionalLong number) {
    return number.isPresent() ? Optional.of(number.getAsLong()) : Optional.empty();
  }

  private static OptionalLong size(Optional<String> text) {
    try {
      return text.isPresent() ? OptionalLong.of(ByteSize.parse(text.get())) : OptionalLong.empty();
    } catch (IllegalArgumentException e) {
      throw AdminRefusal.wrong("-size must be a size such as 10GiB: " + e.getMessage());
    }
  }

  private static OptionalLong count(Optional<String> text) {
    try {
      if (text.isEmpty()) {
        return OptionalLong.empty();
      }
      long number = Long.parseLong(text.get());
      if (number >= 0) {
        return OptionalLong.of(number);
      }
    } catch (NumberFormatException _) { // said below
    }
    throw AdminRefusal.wrong("-objects must be a number from 0 on, got " + text.orElse(""));
  }

  /// @param versions delete markers are versions too
  private record Contents(long versions, long bytes) {}

  private Jobs.Work delete(AdminCall call) {
    Arguments arguments = call.arguments();
    String name = arguments.text("name");
    boolean withObjects = arguments.flag("includeObjects");
    boolean apply = arguments.flag("apply");
    arguments.requireAllKnown();
    Bucket bucket = requireBucket(name);
    return job -> {
      Contents contents = count(bucket, job);
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("name", name)
          .put("owner", bucket.ownerId()).put("versions", contents.versions()).put("bytes", contents.bytes());
      if (!apply) {
        return answer;
      }
      if (contents.versions() > 0 && !withObjects) {
        throw AdminRefusal.conflict("bucket " + name + " holds " + contents.versions()
            + " versions: nothing was deleted. -includeObjects deletes them too");
      }
      if (contents.versions() > 0) {
        eraseAll(bucket, contents.versions(), job);
      }
      return switch (catalog.deleteBucket(bucket)) {
        case DELETED -> answer.put("deleted", true);
        case NO_SUCH_BUCKET -> throw AdminRefusal.absent("bucket " + name + " was deleted meanwhile");
        case NOT_EMPTY -> throw AdminRefusal.conflict("something was put into bucket " + name + " meanwhile");
      };
    };
  }

  private Contents count(Bucket bucket, Job job) throws IOException {
    long versions = 0;
    long bytes = 0;
    job.doing("counting");
    Optional<VersionPage.Next> from = Optional.empty();
    do {
      VersionPage page = page(bucket, from);
      for (VersionPage.Entry entry : page.entries()) {
        versions++;
        bytes += entry instanceof VersionPage.Entry.Version version ? version.version().sizeBytes() : 0;
      }
      job.progress(versions, 0, "versions");
      from = page.next();
    } while (from.isPresent());
    return new Contents(versions, bytes);
  }

  private VersionPage page(Bucket bucket, Optional<VersionPage.Next> from) throws IOException {
    return catalog.listVersions(bucket, new VersionQuery("", "", from.map(VersionPage.Next::key),
        from.flatMap(VersionPage.Next::versionId), PAGE));
  }

  /// Erases what is there, page by page, from the front.
  private void eraseAll(Bucket bucket, long total, Job job) throws IOException {
    long erased = 0;
    job.doing("deleting objects");
    for (List<VersionPage.Entry> entries = page(bucket, Optional.empty()).entries(); !entries
        .isEmpty(); entries = page(bucket, Optional.empty()).entries()) {
      for (VersionPage.Entry entry : entries) {
        switch (entry) {
          case VersionPage.Entry.Version version ->
            erase(bucket, version.version().key(), version.version().versionId());
          case VersionPage.Entry.Marker marker -> erase(bucket, marker.key(), marker.versionId());
        }
        job.progress(Math.min(++erased, total), total, "versions");
      }
    }
  }

  private void erase(Bucket bucket, String key, String versionId) throws IOException {
    switch (catalog.delete(bucket, key, new VersionSelector.Exactly(versionId), Precondition.NONE)) {
      case DeleteOutcome.Deleted _ -> {
        // as wanted
      }
      case DeleteOutcome.BucketGone _ ->
        throw AdminRefusal.absent("bucket " + bucket.name() + " was deleted meanwhile");
      case DeleteOutcome.Refused _ -> throw new IllegalStateException("a delete without a condition was refused");
    }
  }
}
