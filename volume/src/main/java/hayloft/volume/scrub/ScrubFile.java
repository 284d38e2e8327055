package hayloft.volume.scrub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.NotJson;
import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumePosition;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `scrub.json` of a folder: what was verified when, and what was found. The only class that knows its form. Stateless.
///
///     {"formatVersion": 1, "volumes": [{"volume", "generation", "offsetBytes", "passBegun", "verified",
///       "damages": [{"key" (hex), "offsetBytes", "lengthBytes", "what", "found"}]}]}
///
/// Replaced by write, sync, rename, sync of the folder. If it is missing, cannot be read or is no such JSON, everything
/// counts as never verified.
final class ScrubFile {

  static final String NAME = "scrub.json";
  private static final String TEMPORARY = NAME + ".new";
  private static final int FORMAT_VERSION = 1;
  private static final int MOST_BYTES = 64 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final EventLog LOG = EventLog.of(ScrubFile.class);

  private ScrubFile() {}

  static Map<Integer, VolumeRecord> read(Disk disk) throws IOException {
    if (!disk.exists(NAME)) {
      return Map.of();
    }
    try (DiskFile file = disk.open(NAME)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), MOST_BYTES));
      file.read(bytes, 0);
      return decode(bytes.array());
      // a cache: no start is refused for it
    } catch (IOException | IllegalArgumentException | java.time.DateTimeException e) {
      LOG.warning("scrub.fileUnreadable").with("folder", disk.describe())
          .with("action", "everything-counts-as-unverified").with("reason", e).say();
      return Map.of();
    }
  }

  /// @throws IllegalArgumentException if it is no such file; so does a [java.time.DateTimeException]
  private static Map<Integer, VolumeRecord> decode(byte[] bytes) throws IOException {
    JsonNode json;
    try {
      json = JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("it " + NotJson.text(e), e);
    }
    if (json.path("formatVersion").asInt() != FORMAT_VERSION) {
      throw new IllegalArgumentException("format version " + json.path("formatVersion"));
    }
    Map<Integer, VolumeRecord> records = new LinkedHashMap<>();
    for (JsonNode volume : json.path("volumes")) {
      VolumeRecord record = record(volume);
      records.put(record.volume(), record);
    }
    return records;
  }

  private static VolumeRecord record(JsonNode json) {
    int volume = json.path("volume").asInt();
    List<Damage> damages = new ArrayList<>();
    for (JsonNode damage : json.path("damages")) {
      damages.add(new Damage(volume, Long.parseUnsignedLong(damage.path("key").asText(), 16),
          damage.path("offsetBytes").asLong(), damage.path("lengthBytes").asLong(), damage.path("what").asText(),
          Instant.parse(damage.path("found").asText())));
    }
    return new VolumeRecord(volume,
        new VolumePosition(volume, json.path("generation").asInt(), json.path("offsetBytes").asLong()),
        instant(json.path("passBegun")), instant(json.path("verified")), damages);
  }

  private static Optional<Instant> instant(JsonNode json) {
    return json.isTextual() ? Optional.of(Instant.parse(json.textValue())) : Optional.empty();
  }

  private static byte[] encode(Collection<VolumeRecord> records) {
    ObjectNode json = JSON.createObjectNode().put("formatVersion", FORMAT_VERSION);
    ArrayNode volumes = json.putArray("volumes");
    for (VolumeRecord record : records) {
      ObjectNode volume = volumes.addObject().put("volume", record.volume())
          .put("generation", record.position().generation()).put("offsetBytes", record.position().offsetBytes());
      record.passBegun().ifPresent(at -> volume.put("passBegun", at.toString()));
      record.verified().ifPresent(at -> volume.put("verified", at.toString()));
      ArrayNode damages = volume.putArray("damages");
      record.damages()
          .forEach(damage -> damages.addObject().put("key", Long.toHexString(damage.key()))
              .put("offsetBytes", damage.offsetBytes()).put("lengthBytes", damage.lengthBytes())
              .put("what", damage.what()).put("found", damage.found().toString()));
    }
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Durable on return.
  ///
  /// @param records one of each volume
  static void write(Disk disk, Collection<VolumeRecord> records) throws IOException {
    byte[] bytes = encode(records);
    assert List.copyOf(decode(bytes).values()).equals(List.copyOf(records)) : "would be read as " + decode(bytes);
    disk.delete(TEMPORARY);
    try (DiskFile file = disk.open(TEMPORARY)) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(bytes)}, 0);
      file.force();
    }
    disk.rename(TEMPORARY, NAME);
    disk.sync();
  }
}
