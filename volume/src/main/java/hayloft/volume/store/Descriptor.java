package hayloft.volume.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.JsonNode;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// `7.json`: what a volume is, besides its needles. Immutable; replaced by write, sync, rename, sync of the folder.
///
/// @param salt as in the superblock, so that a damaged superblock can be made again
/// @param cutBytes where the volume file ends because a write behind it failed; -1 if none did
/// @param hasDeadLog the file of dead marks was there, durably, before this was written, so it must always be: without it
/// deleted objects would come back. False only in descriptors of the first versions
/// @param readOnly an administrator wants no more needles in it for now; absent in descriptors of the first versions, which is false
public record Descriptor(VolumeSpec spec, VolumeState state, UUID storeId, long salt, long createdMillis, long cutBytes,
    boolean hasDeadLog, boolean readOnly) {
  public static final String SUFFIX = ".json";
  private static final int FORMAT_VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  /// @throws IOException if it is no descriptor, or of a newer program
  public static Descriptor read(Disk disk, String fileName) throws IOException {
    try (DiskFile file = disk.open(fileName)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), 1 << 20));
      file.read(bytes, 0);
      JsonNode json = JSON.readTree(bytes.array());
      int version = json.path("formatVersion").asInt();
      if (version != FORMAT_VERSION) {
        throw new IOException(
            disk.describe() + "/" + fileName + ": format version " + FORMAT_VERSION + " expected, found "
                + version + "; a newer Hayloft wrote this volume");
      }
      return new Descriptor(
          new VolumeSpec(json.get("volume").asInt(), json.get("collection").asText(),
              ReplicaPlacement.parse(json.get("replication").asText()), json.get("diskType").asText(),
              json.get("limitBytes").asLong()),
          VolumeState.valueOf(json.get("state").asText()), UUID.fromString(json.get("storeId").asText()),
          Long.parseUnsignedLong(json.get("salt").asText(), 16), json.get("createdMillis").asLong(),
          json.path("cutBytes").asLong(-1), json.path("deadLog").asBoolean(false),
          json.path("readOnly").asBoolean(false));
    } catch (NullPointerException | IllegalArgumentException e) {
      throw new IOException(disk.describe() + "/" + fileName + " is not a volume descriptor: " + e.getMessage(), e);
    }
  }

  /// Durable on return.
  void write(Disk disk) throws IOException {
    ObjectNode json = JSON.createObjectNode().put("formatVersion", FORMAT_VERSION).put("volume", spec.id())
        .put("collection", spec.collection()).put("replication", spec.placement().toString())
        .put("diskType", spec.diskType()).put("limitBytes", spec.limitBytes()).put("state", state.name())
        .put("storeId", storeId.toString()).put("salt", Long.toHexString(salt)).put("createdMillis", createdMillis)
        .put("cutBytes", cutBytes).put("deadLog", hasDeadLog).put("readOnly", readOnly);
    SmallFile.replace(disk, spec.id() + SUFFIX, json.toPrettyString());
  }

  Descriptor withState(VolumeState next) {
    return new Descriptor(spec, next, storeId, salt, createdMillis, cutBytes, hasDeadLog, readOnly);
  }

  Descriptor withCut(long bytes) {
    return new Descriptor(spec, state, storeId, salt, createdMillis, bytes, hasDeadLog, readOnly);
  }

  Descriptor withDeadLog() {
    return new Descriptor(spec, state, storeId, salt, createdMillis, cutBytes, true, readOnly);
  }

  Descriptor withReadOnly(boolean next) {
    return new Descriptor(spec, state, storeId, salt, createdMillis, cutBytes, hasDeadLog, next);
  }
}
