package hayloft.common.directory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// `hayloft.json`, which says which store a directory belongs to; the only class that knows its form. Immutable.
///
///     {"formatVersion": 2, "storeId": uuid, "directoryId": uuid,
///      "directories": [{"id": uuid, "path": where it was last seen}, …],
///      "givenUp": [the same, of directories that left the store and must not come back], "crc32c": …}
///
/// Every directory lists all of them, in the order in which they joined. The ids count; paths are there to tell people
/// which disk is missing. `formatVersion` is the level of every format of the store. A marker of level 1 has no sum,
/// and neither needs one that was mended by hand.
///
/// @param level of every format of the store
record Marker(int level, UUID storeId, UUID directoryId, Map<UUID, String> directories, Map<UUID, String> givenUp) {

  static final String FILE = "hayloft.json";

  Marker {
    directories = Collections.unmodifiableMap(new LinkedHashMap<>(directories));
    givenUp = Collections.unmodifiableMap(new LinkedHashMap<>(givenUp));
  }

  /// Empty if the directory has no marker.
  ///
  /// @param newest the newest level that the program knows
  /// @throws WrongDirectoryException if there is one that this version cannot use
  static Optional<Marker> read(Path directory, int newest) throws IOException {
    Path file = directory.resolve(FILE);
    Optional<byte[]> bytes = DurableFile.readIfThere(file);
    return bytes.isPresent() ? Optional.of(read(bytes.get(), file, newest)) : Optional.empty();
  }

  /// @param file for messages
  /// @param newest the newest level that the program knows
  /// @throws WrongDirectoryException if this version cannot use it
  static Marker read(byte[] bytes, Path file, int newest) throws WrongDirectoryException {
    ObjectNode json;
    try {
      json = SummedJson.readOld(bytes, file.toString());
    } catch (DamagedDocumentException e) {
      throw unreadable(e.getMessage() + "");
    }
    int level = json.path("formatVersion").asInt(-1);
    if (level > newest) {
      throw new WrongDirectoryException(
          file + " has format version " + level + ", this program knows up to " + newest
              + ": the store was used by a newer Hayloft. Run that one, or restore a backup made before the upgrade");
    }
    if (level < 1) {
      throw unreadable(file + " has no formatVersion");
    }
    try {
      return new Marker(level, UUID.fromString(json.path("storeId").asText()),
          UUID.fromString(json.path("directoryId").asText()), list(json.path("directories")),
          list(json.path("givenUp")));
    } catch (IllegalArgumentException e) {
      throw unreadable(file + " cannot be read: " + e.getMessage());
    }
  }

  private static Map<UUID, String> list(JsonNode json) {
    Map<UUID, String> directories = new LinkedHashMap<>();
    json.forEach(entry -> directories.put(UUID.fromString(entry.path("id").asText()), entry.path("path").asText()));
    return directories;
  }

  private static WrongDirectoryException unreadable(String what) {
    return new WrongDirectoryException(what + ". Restore it from a backup, or copy it from another directory of the"
        + " store, set its directoryId and leave " + SummedJson.SUM + " out");
  }

  Marker withLevel(int next) {
    return new Marker(next, storeId, directoryId, directories, givenUp);
  }

  byte[] write() {
    var json = JsonNodeFactory.instance.objectNode().put("formatVersion", level).put("storeId", storeId.toString())
        .put("directoryId", directoryId.toString());
    write(directories, json.putArray("directories"));
    if (!givenUp.isEmpty()) {
      write(givenUp, json.putArray("givenUp"));
    }
    return SummedJson.write(json);
  }

  private static void write(Map<UUID, String> directories, ArrayNode list) {
    directories.forEach((id, path) -> list.addObject().put("id", id.toString()).put("path", path));
  }
}
