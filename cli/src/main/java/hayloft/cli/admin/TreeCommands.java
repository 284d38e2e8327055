package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.ByteRange;
import hayloft.filer.BodyLocation;
import hayloft.filer.BodyReader;
import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.Lookup;
import hayloft.filer.LostTruthException;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.filer.VersionSelector;
import hayloft.filer.VolumeCatalog;
import hayloft.volume.compaction.Pace;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// `fs.ls`, `du`, `tree`, `meta.cat` and `verify`: buckets and objects as a tree of paths. Thread-safe.
final class TreeCommands {

  private static final int PAGE = 1000;
  private static final int MOST_BRANCHES = 1000;
  private static final int MOST_DEPTH = 64;
  /// Of damaged objects that are named; all are counted.
  private static final int MOST_TOLD = 10_000;
  private static final long UNPACED = 1L << 50;

  private final VolumeCatalog catalog;

  TreeCommands(VolumeCatalog catalog) {
    this.catalog = catalog;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("fs.ls", this::ls), AdminCommand.readsLong("fs.du", this::du),
        AdminCommand.reads("fs.tree", this::tree), AdminCommand.reads("fs.meta.cat", this::meta),
        AdminCommand.readsLong("fs.verify", this::verify));
  }

  private Bucket bucket(TreePath path) {
    return catalog.findBucket(path.bucket())
        .orElseThrow(() -> AdminRefusal.absent("there is no bucket " + path.bucket()));
  }

  private Optional<ObjectVersion> object(Bucket bucket, String key) throws IOException {
    return !key.isEmpty()
        && catalog.find(bucket, key, VersionSelector.LATEST) instanceof Lookup.Found(ObjectVersion found)
            ? Optional.of(found)
            : Optional.empty();
  }

  private JsonNode ls(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    TreePath path = TreePath.parse(arguments.optionalText("path").orElse("/"));
    Optional<String> after = arguments.optionalText("after");
    int limit = (int) arguments.number("limit", PAGE, 1, PAGE);
    boolean recursive = arguments.flag("recursive");
    arguments.requireAllKnown();
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("path", path.toString());
    ArrayNode entries = answer.putArray("entries");
    if (path.isRoot()) {
      List<Bucket> all = catalog.buckets().stream()
          .filter(bucket -> after.isEmpty() || bucket.name().compareTo(after.get().replaceFirst("/$", "")) > 0)
          .toList();
      all.stream().limit(limit).forEach(bucket -> entries.addObject().put("type", "bucket")
          .put("name", bucket.name() + "/").put("modified", bucket.created().toString())
          .put("owner", bucket.ownerId()));
      if (all.size() > limit) {
        answer.put("next", all.get(limit - 1).name() + "/");
      }
      return answer;
    }
    Bucket bucket = bucket(path);
    boolean isFirst = after.isEmpty();
    if (isFirst && !path.key().endsWith("/")) {
      object(bucket, path.key()).ifPresent(found -> entries.add(entry(ListedVersion.of(found), path.key())));
    }
    ObjectPage page = catalog.list(bucket, new ListQuery(path.prefix(), recursive ? "" : "/", after, limit));
    var ordered = new TreeMap<String, ObjectNode>(TreeDrawing.BY_BYTES);
    page.commonPrefixes().forEach(
        prefix -> ordered.put(prefix, JsonNodeFactory.instance.objectNode().put("type", "prefix").put("name", prefix)));
    page.objects().forEach(found -> ordered.put(found.key(), entry(found, found.key())));
    ordered.values().forEach(entries::add);
    if (isFirst && entries.isEmpty() && !path.key().isEmpty()) {
      throw AdminRefusal.absent("there is nothing at " + path);
    }
    page.next().ifPresent(next -> answer.put("next", next));
    return answer;
  }

  private static ObjectNode entry(ListedVersion found, String name) {
    return JsonNodeFactory.instance.objectNode().put("type", "object").put("name", name)
        .put("sizeBytes", found.sizeBytes()).put("modified", found.modified().toString()).put("etag", found.etag())
        .put("owner", found.ownerId());
  }

  /// Before a walk: the bucket is there and, if more than it is named, something below.
  private void requireSomething(TreePath path) throws IOException {
    if (path.isRoot()) {
      return;
    }
    Bucket bucket = bucket(path);
    if (!path.key().isEmpty() && object(bucket, path.key()).isEmpty()
        && catalog.list(bucket, new ListQuery(path.prefix(), "", Optional.empty(), 1)).objects().isEmpty()) {
      throw AdminRefusal.absent("there is nothing at " + path);
    }
  }

  /// Is shown every object of a path.
  @FunctionalInterface
  private interface ObjectVisitor {
    void visit(Bucket bucket, ListedVersion object) throws IOException;
  }

  private void walk(TreePath path, ObjectVisitor visitor) throws IOException {
    if (path.isRoot()) {
      for (Bucket bucket : catalog.buckets()) {
        walk(bucket, "", visitor);
      }
      return;
    }
    Bucket bucket = bucket(path);
    Optional<ObjectVersion> itself = path.key().endsWith("/") ? Optional.empty() : object(bucket, path.key());
    if (itself.isPresent()) {
      visitor.visit(bucket, ListedVersion.of(itself.get()));
    }
    walk(bucket, path.prefix(), visitor);
  }

  private void walk(Bucket bucket, String prefix, ObjectVisitor visitor) throws IOException {
    Optional<String> after = Optional.empty();
    do {
      ObjectPage page = catalog.list(bucket, new ListQuery(prefix, "", after, PAGE));
      for (ListedVersion object : page.objects()) {
        visitor.visit(bucket, object);
      }
      after = page.next();
    } while (after.isPresent());
  }

  /// What lies below one branch of a path. Confined to its job.
  private static final class Sum {
    private long objects;
    private long bytes;

    void add(ListedVersion object) {
      objects++;
      bytes += object.sizeBytes();
    }

    ObjectNode json() {
      return JsonNodeFactory.instance.objectNode().put("objects", objects).put("bytes", bytes);
    }
  }

  private Jobs.Work du(AdminCall call) throws IOException {
    TreePath path = TreePath.parse(call.arguments().optionalText("path").orElse("/"));
    call.arguments().requireAllKnown();
    requireSomething(path);
    return job -> {
      Map<String, Sum> branches = new TreeMap<>();
      var total = new Sum();
      var others = new Sum();
      walk(path, (bucket, object) -> {
        String branch = path.isRoot() ? bucket.name() + "/" : branch(path, object.key());
        total.add(object);
        if (branches.size() < MOST_BRANCHES || branches.containsKey(branch)) {
          branches.computeIfAbsent(branch, _ -> new Sum()).add(object);
        } else {
          others.add(object);
        }
        job.progress(total.objects, 0, "objects");
      });
      ObjectNode answer = total.json().put("path", path.toString());
      ArrayNode rows = answer.putArray("branches");
      branches.forEach((name, sum) -> rows.add(sum.json().put("name", name)));
      if (others.objects > 0) {
        rows.add(others.json().put("name", "(further ones)"));
      }
      return answer.put("truncated", others.objects > 0);
    };
  }

  /// The next step below a path that leads to a key.
  private static String branch(TreePath path, String key) {
    String prefix = path.prefix();
    if (!key.startsWith(prefix)) {
      return key; // the object of the path itself
    }
    int slash = key.indexOf('/', prefix.length());
    return slash < 0 ? key.substring(prefix.length()) : key.substring(prefix.length(), slash + 1);
  }

  private JsonNode tree(AdminCall call) throws IOException {
    TreePath path = TreePath.parse(call.arguments().optionalText("path").orElse("/"));
    int depth = (int) call.arguments().number("depth", 3, 1, MOST_DEPTH);
    int limit = (int) call.arguments().number("limit", 1000, 1, 100_000);
    Optional<String> after = call.arguments().optionalText("after");
    call.arguments().requireAllKnown();
    requireSomething(path);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("path", path.toString());
    var drawing = new TreeDrawing(catalog, limit);
    if (path.isRoot()) {
      drawing.drawBuckets(after, depth, answer);
    } else {
      drawing.drawKeys(bucket(path), path.prefix(), after, depth, answer);
    }
    drawing.next().ifPresent(next -> answer.put("next", next));
    return answer.put("cut", drawing.next().isPresent());
  }

  private JsonNode meta(AdminCall call) throws IOException {
    TreePath path = TreePath.parse(call.arguments().text("path"));
    Optional<String> versionId = call.arguments().optionalText("versionId");
    call.arguments().requireAllKnown();
    if (path.isRoot() || path.key().isEmpty()) {
      throw AdminRefusal.wrong("path must be /BUCKET/KEY; buckets are shown by s3.bucket.list");
    }
    VersionSelector which = versionId.<VersionSelector>map(VersionSelector.Exactly::new).orElse(VersionSelector.LATEST);
    return switch (catalog.find(bucket(path), path.key(), which)) {
      case Lookup.Found(ObjectVersion object) -> describe(path, object);
      case Lookup.DeleteMarker(String id, java.time.Instant modified, boolean latest) -> JsonNodeFactory.instance
          .objectNode().put("path", path.toString()).put("deleteMarker", true).put("versionId", id)
          .put("modified", modified.toString()).put("latest", latest);
      case Lookup.Absent _ -> throw AdminRefusal.absent("there is no object " + path
          + versionId.map(id -> " with version id " + id).orElse(""));
    };
  }

  private static JsonNode describe(TreePath path, ObjectVersion object) {
    ObjectDraft attributes = object.attributes();
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("path", path.toString())
        .put("versionId", object.versionId()).put("sequence", Long.toUnsignedString(object.sequence()))
        .put("sizeBytes", object.sizeBytes()).put("etag", object.etag()).put("modified", object.modified().toString())
        .put("owner", attributes.ownerId()).put("storageClass", attributes.storageClass())
        .put("parts", object.partCount());
    put(json.putObject("headers"), attributes.headers());
    put(json.putObject("userMetadata"), attributes.userMetadata());
    put(json.putObject("tags"), attributes.tags());
    attributes.checksum().ifPresent(sum -> json.putObject("checksum")
        .put("algorithm", sum.algorithm().name().toLowerCase(Locale.ROOT)).put("value", sum.base64()));
    if (!attributes.acl().isEmpty()) {
      json.put("acl", attributes.acl());
    }
    ObjectNode place = json.putObject("needles");
    switch (object.body()) {
      case BodyLocation.Inline(var needle) -> place.put("commit", needle.toString());
      case BodyLocation.Chunks(var commit, List<BodyLocation.Piece> pieces) -> {
        ArrayNode list = place.put("commit", commit.toString()).putArray("pieces");
        pieces.forEach(piece -> list.addObject().put("needle", piece.needle().toString())
            .put("bytes", piece.sizeBytes()).put("isList", piece.isList()));
      }
    }
    return json;
  }

  private static void put(ObjectNode into, Map<String, String> values) {
    new TreeMap<>(values).forEach(into::put);
  }

  private Jobs.Work verify(AdminCall call) throws IOException {
    TreePath path = TreePath.parse(call.arguments().optionalText("path").orElse("/"));
    long rate = call.arguments().number("bytesPerSecond", 0, 0, UNPACED);
    call.arguments().requireAllKnown();
    requireSomething(path);
    return job -> {
      var pace = new Pace(rate == 0 ? UNPACED : rate);
      job.onCancel(pace::stop);
      long[] objects = {0};
      long[] bytes = {0};
      long[] faults = {0};
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("path", path.toString());
      ArrayNode damaged = answer.putArray("damaged");
      walk(path, (bucket, object) -> {
        objects[0]++;
        Optional<String> fault = fault(bucket, object, pace);
        bytes[0] += object.sizeBytes();
        if (fault.isPresent()) {
          String name = "/" + bucket.name() + "/" + object.key();
          if (faults[0]++ < MOST_TOLD) {
            damaged.addObject().put("path", name).put("versionId", object.versionId()).put("what", fault.get());
          }
          job.say("damaged: " + name + ": " + fault.get());
        }
        job.doing(bucket.name() + "/" + object.key());
        job.progress(bytes[0], 0, "bytes");
      });
      return answer.put("objects", objects[0]).put("bytes", bytes[0]).put("damagedObjects", faults[0])
          .put("truncated", faults[0] > damaged.size());
    };
  }

  /// Reads all of an object; the sums of its blocks are verified on the way, and where the ETag is its MD5, that too.
  ///
  /// @return what is wrong with it; empty if nothing is, or it was deleted meanwhile
  private static Optional<String> faultOf(BodyReader body, ObjectVersion object, Pace pace) throws IOException {
    boolean hasMd5 = object.partCount() == 0 && object.etag().length() == 32;
    MessageDigest md5 = md5();
    long read = 0;
    for (ByteBuf piece = body.next(); piece != null; piece = body.next()) {
      try {
        pace.spend(piece.readableBytes());
        read += piece.readableBytes();
        if (hasMd5) {
          md5.update(piece.nioBuffer());
        }
      } finally {
        piece.release();
      }
    }
    if (read != object.sizeBytes()) {
      return Optional.of("it has " + read + " bytes, expected " + object.sizeBytes());
    }
    String found = HexFormat.of().formatHex(md5.digest());
    return hasMd5 && !found.equals(object.etag())
        ? Optional.of("its MD5 is " + found + ", its ETag says " + object.etag())
        : Optional.empty();
  }

  private Optional<String> fault(Bucket bucket, ListedVersion listed, Pace pace) throws IOException {
    Optional<ObjectVersion> found;
    try {
      found = found(bucket, listed);
    } catch (LostTruthException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    if (found.isEmpty()) {
      return Optional.empty();
    }
    ObjectVersion object = found.get();
    try (BodyReader body = catalog.read(object, new ByteRange(0, object.sizeBytes()))) {
      return faultOf(body, object, pace);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return isStillThere(object) ? Optional.of(String.valueOf(e.getMessage())) : Optional.empty();
    }
  }

  /// Empty if it was deleted or replaced since it was listed.
  private Optional<ObjectVersion> found(Bucket bucket, ListedVersion listed) throws IOException {
    return object(bucket, listed.key()).filter(object -> object.sequence() == listed.sequence());
  }

  private boolean isStillThere(ObjectVersion object) throws IOException {
    Optional<Bucket> bucket = catalog.buckets().stream().filter(one -> one.id() == object.bucketId()).findFirst();
    return bucket.isPresent()
        && object(bucket.get(), object.key()).filter(now -> now.sequence() == object.sequence()).isPresent();
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
