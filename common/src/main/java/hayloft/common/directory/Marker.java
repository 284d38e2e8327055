package hayloft.common.directory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// `hayloft.json`, which says which store a directory belongs to; the only class that knows its form. Immutable.
///
///     {"formatVersion": 1, "storeId": uuid, "directoryId": uuid,
///      "directories": [{"id": uuid, "path": where it was last seen}, …]}
///
/// Every directory lists all of them, in the order in which they joined. The ids count; paths are there to tell people which
/// disk is missing.
record Marker(UUID storeId, UUID directoryId, Map<UUID, String> directories) {

  static final String FILE = "hayloft.json";
  static final int FORMAT_VERSION = 1;

  private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  Marker {
    directories = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(directories));
  }

  /// Empty if the directory has no marker.
  ///
  /// @throws WrongDirectoryException if there is one that this version cannot use
  static Optional<Marker> read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode json;
    try {
      json = MAPPER.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw unreadable(file, "it is not JSON: " + e.getOriginalMessage());
    }
    int version = json.path("formatVersion").asInt(-1);
    if (version > FORMAT_VERSION) {
      throw new WrongDirectoryException(
          file + " has format version " + version + ", this program knows up to " + FORMAT_VERSION
              + ": the store was used by a newer Hayloft. Run that one, or restore a backup made before the upgrade");
    }
    if (version < 1) {
      throw unreadable(file, "it has no formatVersion");
    }
    try {
      Map<UUID, String> directories = new LinkedHashMap<>();
      json.path("directories").forEach(
          entry -> directories.put(UUID.fromString(entry.path("id").asText()), entry.path("path").asText()));
      return Optional.of(new Marker(UUID.fromString(json.path("storeId").asText()),
          UUID.fromString(json.path("directoryId").asText()), directories));
    } catch (IllegalArgumentException e) {
      throw unreadable(file, e.getMessage() + "");
    }
  }

  private static WrongDirectoryException unreadable(Path file, String why) {
    return new WrongDirectoryException(file + " cannot be read: " + why
        + ". Restore it from a backup, or copy it from another directory of the store and set its directoryId");
  }

  /// Durable on return.
  void write(Path directory) throws IOException {
    var json = MAPPER.createObjectNode().put("formatVersion", FORMAT_VERSION).put("storeId", storeId.toString())
        .put("directoryId", directoryId.toString());
    var list = json.putArray("directories");
    directories.forEach((id, path) -> list.addObject().put("id", id.toString()).put("path", path));
    DurableFile.replace(directory.resolve(FILE), MAPPER.writeValueAsBytes(json));
  }
}
