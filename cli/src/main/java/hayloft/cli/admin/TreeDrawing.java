package hayloft.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.ObjectPage;
import hayloft.filer.VolumeCatalog;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Branches of buckets and keys, so many at most; a further drawing goes on after the last one. Confined to a request.
final class TreeDrawing {

  private static final int PAGE = 1000;
  /// Of all names: an answer is one document in memory, and a key has up to 1,024 bytes.
  private static final int MOST_LETTERS = 4 << 20;
  /// As listings do.
  static final Comparator<String> BY_BYTES = (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8),
      b.getBytes(UTF_8));

  private final VolumeCatalog catalog;
  private int left;
  private int lettersLeft = MOST_LETTERS;
  private String last = "";
  private boolean cut;

  /// @param limit entries at most
  TreeDrawing(VolumeCatalog catalog, int limit) {
    this.catalog = catalog;
    this.left = limit;
  }

  /// What the next drawing goes on after; empty if all is drawn.
  Optional<String> next() {
    return cut ? Optional.of(last) : Optional.empty();
  }

  /// @param after `BUCKET/KEY` that an earlier drawing ended with
  void drawBuckets(Optional<String> after, int depth, ObjectNode into) throws IOException {
    ArrayNode children = into.putArray("children");
    String bucketAfter = after.map(name -> name.split("/", 2)[0]).orElse("");
    for (Bucket bucket : catalog.buckets()) {
      String name = bucket.name() + "/";
      if (bucket.name().compareTo(bucketAfter) < 0) {
        continue;
      }
      boolean again = bucket.name().equals(bucketAfter);
      if (!again && !takes(name, name)) {
        return;
      }
      drawKeys(bucket, "", name, again ? after.map(TreeDrawing::keyOf).filter(key -> !key.isEmpty()) : Optional.empty(),
          depth - 1, children.addObject().put("name", name));
      if (cut) {
        return;
      }
    }
  }

  private static String keyOf(String bucketAndKey) {
    int slash = bucketAndKey.indexOf('/');
    return slash < 0 ? "" : bucketAndKey.substring(slash + 1);
  }

  /// @param after a key that an earlier drawing ended with
  void drawKeys(Bucket bucket, String prefix, Optional<String> after, int depth, ObjectNode into) throws IOException {
    drawKeys(bucket, prefix, "", after, depth, into);
  }

  /// @param above what names are told with in [#next]
  private void drawKeys(Bucket bucket, String prefix, String above, Optional<String> after, int depth, ObjectNode into)
      throws IOException {
    if (depth == 0) {
      return;
    }
    ArrayNode children = into.putArray("children");
    Optional<String> from = after;
    int slash = after.isPresent() && after.get().startsWith(prefix) ? after.get().indexOf('/', prefix.length()) : -1;
    if (slash >= 0) { // it ended within a branch, which is shown again around the rest
      String branch = after.orElse("").substring(0, slash + 1);
      drawKeys(bucket, branch, above, after, depth - 1,
          children.addObject().put("name", branch.substring(prefix.length())));
      from = Optional.of(branch);
    }
    while (!cut) {
      ObjectPage page = catalog.list(bucket, new ListQuery(prefix, "/", from, Math.min(PAGE, left + 1)));
      var ordered = new TreeMap<String, Optional<ListedVersion>>(BY_BYTES);
      page.commonPrefixes().forEach(name -> ordered.put(name, Optional.empty()));
      page.objects().forEach(object -> ordered.put(object.key(), Optional.of(object)));
      for (Map.Entry<String, Optional<ListedVersion>> entry : ordered.entrySet()) {
        String name = entry.getKey().substring(prefix.length());
        if (!name.isEmpty() && !takes(name, above + entry.getKey())) { // the branch's own object comes with the branch
          return;
        }
        ObjectNode child = children.addObject().put("name", name);
        if (entry.getValue().isPresent()) {
          child.put("sizeBytes", entry.getValue().get().sizeBytes());
        } else {
          drawKeys(bucket, entry.getKey(), above, Optional.empty(), depth - 1, child);
          if (cut) {
            return;
          }
        }
      }
      from = page.next();
      if (from.isEmpty()) {
        return;
      }
    }
  }

  private boolean takes(String name, String whole) {
    if (left == 0 || lettersLeft < name.length()) {
      cut = true;
      return false;
    }
    left--;
    lettersLeft -= name.length();
    last = whole;
    return true;
  }
}
