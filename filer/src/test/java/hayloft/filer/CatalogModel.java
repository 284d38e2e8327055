package hayloft.filer;

import hayloft.filer.VersionPage.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What S3 says a catalog does, as plain maps and lists: the reference of the model test. It shares no code with the
/// catalog and knows neither rows nor sequences.
final class CatalogModel {

  static final Comparator<String> KEY_ORDER = (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8),
      b.getBytes(StandardCharsets.UTF_8));

  /// One version or delete marker of a key.
  static final class Version {
    final String versionId;
    final @Nullable ObjectVersion object; // null for a delete marker
    final byte[] bytes;
    final List<PartChoice> parts;
    Map<String, String> tags;
    String acl;

    Version(String versionId, @Nullable ObjectVersion object, byte[] bytes, List<PartChoice> parts) {
      this.versionId = versionId;
      this.object = object;
      this.bytes = bytes;
      this.parts = parts;
      this.tags = object == null ? Map.of() : object.attributes().tags();
      this.acl = object == null ? "" : object.attributes().acl();
    }

    boolean isNull() {
      return versionId.equals("null");
    }

    /// As the catalog should show it now.
    ObjectVersion shown() {
      ObjectVersion made = Objects.requireNonNull(object);
      ObjectDraft attributes = made.attributes().withTags(tags).withAcl(acl);
      return new ObjectVersion(made.bucketId(), made.key(), made.sequence(), made.versionId(), made.sizeBytes(),
          made.etag(), made.modified(), attributes, made.partCount(), made.body());
    }
  }

  record PartContent(byte[] bytes, String etag) {}

  static final class OpenUpload {
    final Upload upload;
    final TreeMap<Integer, PartContent> parts = new TreeMap<>();

    OpenUpload(Upload upload) {
      this.upload = upload;
    }
  }

  static final class ModelBucket {
    Bucket bucket;
    final TreeMap<String, List<Version>> keys = new TreeMap<>(KEY_ORDER); // newest first, never empty
    final List<OpenUpload> uploads = new ArrayList<>(); // in order of creation

    ModelBucket(Bucket bucket) {
      this.bucket = bucket;
    }

    @Nullable
    Version current(String key) {
      List<Version> versions = keys.get(key);
      return versions == null ? null : versions.getFirst();
    }

    @Nullable
    ObjectVersion currentObject(String key) {
      Version current = current(key);
      return current == null || current.object == null ? null : current.shown();
    }

    /// A new version comes first; if it is a null version, the old one goes.
    void add(String key, Version version) {
      List<Version> versions = keys.computeIfAbsent(key, _ -> new ArrayList<>());
      if (version.isNull()) {
        versions.removeIf(Version::isNull);
      }
      versions.addFirst(version);
    }

    void removeNull(String key) {
      removeExactly(key, "null");
    }

    void removeExactly(String key, String versionId) {
      List<Version> versions = keys.get(key);
      if (versions != null) {
        versions.removeIf(version -> version.versionId.equals(versionId));
        if (versions.isEmpty()) {
          keys.remove(key);
        }
      }
    }

    @Nullable
    Version exactly(String key, String versionId) {
      return keys.getOrDefault(key, List.of()).stream().filter(version -> version.versionId.equals(versionId))
          .findFirst().orElse(null);
    }

    ObjectPage list(ListQuery query) {
      var objects = new ArrayList<ListedVersion>();
      var prefixes = new ArrayList<String>();
      String last = "";
      for (String key : keys.keySet()) {
        ObjectVersion object = currentObject(key);
        String entry = entry(key, query.prefix(), query.delimiter());
        if (object == null || entry == null || isListed(entry, query.after()) || prefixes.contains(entry)) {
          continue;
        }
        if (objects.size() + prefixes.size() == query.limit()) {
          return new ObjectPage(objects, prefixes, query.limit() == 0 ? Optional.empty() : Optional.of(last));
        }
        last = entry;
        if (entry.equals(key) && !rollsUp(key, query.prefix(), query.delimiter())) {
          objects.add(ListedVersion.of(object));
        } else {
          prefixes.add(entry);
        }
      }
      return new ObjectPage(objects, prefixes, Optional.empty());
    }

    private static boolean isListed(String entry, Optional<String> after) {
      return after.isPresent() && KEY_ORDER.compare(entry, after.get()) <= 0;
    }

    private static boolean rollsUp(String key, String prefix, String delimiter) {
      return !delimiter.isEmpty() && key.indexOf(delimiter, prefix.length()) >= 0;
    }

    /// The key, or the common prefix that it rolls up to; null if it has not the prefix.
    private static @Nullable String entry(String key, String prefix, String delimiter) {
      if (!key.startsWith(prefix)) {
        return null;
      }
      return rollsUp(key, prefix, delimiter)
          ? key.substring(0, key.indexOf(delimiter, prefix.length()) + delimiter.length())
          : key;
    }

    /// Everything in order, as strings: common prefixes as themselves, versions with their key, id and latest flag.
    List<String> listVersions(String prefix, String delimiter) {
      var entries = new ArrayList<String>();
      keys.forEach((key, versions) -> {
        String entry = entry(key, prefix, delimiter);
        if (entry == null) {
          return;
        }
        if (rollsUp(key, prefix, delimiter)) {
          String shown = "prefix " + entry;
          if (!entries.contains(shown)) {
            entries.add(shown);
          }
          return;
        }
        for (Version version : versions) {
          entries.add(describe(key, version.versionId, version.object == null, version == versions.getFirst()));
        }
      });
      return entries;
    }

    List<String> listUploads(String prefix, String delimiter) {
      var entries = new ArrayList<String>();
      uploads.stream().sorted(Comparator.comparing((OpenUpload open) -> open.upload.key(), KEY_ORDER))
          .forEach(open -> {
            String key = open.upload.key();
            String entry = entry(key, prefix, delimiter);
            if (entry != null) {
              String shown = rollsUp(key, prefix, delimiter)
                  ? "prefix " + entry
                  : key + " " + open.upload.uploadId();
              if (!entries.contains(shown)) {
                entries.add(shown);
              }
            }
          });
      return entries;
    }
  }

  static String describe(String key, String versionId, boolean marker, boolean latest) {
    return key + " " + versionId + (marker ? " marker" : " object") + (latest ? " latest" : "");
  }

  static String describe(Entry entry) {
    return switch (entry) {
      case Entry.Version(var version, var latest) -> describe(version.key(), version.versionId(), false, latest);
      case Entry.Marker(var key, _, var versionId, _, _, var latest) -> describe(key, versionId, true, latest);
    };
  }

  final TreeMap<String, ModelBucket> buckets = new TreeMap<>();
  final TreeMap<String, User> users = new TreeMap<>();
}
