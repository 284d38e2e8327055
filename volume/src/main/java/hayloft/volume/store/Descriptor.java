package hayloft.volume.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.DamagedDocumentException;
import hayloft.common.directory.SummedJson;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.volume.disk.Disk;
import hayloft.volume.needle.NewerFormatException;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// `7.json`: what a volume is, besides its needles; a [SummedJson]. Immutable; replaced by write, sync, rename, sync of
/// the folder.
///
/// Version 1 had no sum and none of the fields from `generation` on, which are 0 then; its field `deadLog` is
/// `legacyMarks`.
///
/// @param salt as in the superblock, so that a damaged superblock can be made again
/// @param cutBytes where the volume file ends because a write behind it failed; -1 if none did
/// @param readOnly an administrator wants no more needles in it for now
/// @param generation of the file; or, while a compaction is about to put the next one in place, that: so a superblock
///   that has to be made
/// again never repeats one
/// @param epoch at the volume's birth
/// @param catalog number of the catalog, 0
/// @param features bits that a reader must understand; none is defined
/// @param marksApplied as in the superblock
/// @param sealedLength length of the file when it was sealed; 0 if it is not, or not by a program that told
/// @param sealedChecksum the running checksum at that length
/// @param members volumes whose needles a merge has brought here, under their own ids
/// @param superblockVersion which one the file begins with, and so where needles begin
/// @param legacyMarks the dead log is of version 1 and the only one who knows which needles are dead, so it must be
///   there
public record Descriptor(VolumeSpec spec, VolumeState state, UUID storeId, long salt, long createdMillis, long cutBytes,
    boolean readOnly, int generation, long epoch, int catalog, long features, long marksApplied, long sealedLength,
    long sealedChecksum, List<Integer> members, int superblockVersion, boolean legacyMarks) {
  public static final String SUFFIX = ".json";
  private static final int VERSION = 2;
  private static final long KNOWN_FEATURES = 0;

  public Descriptor {
    members = List.copyOf(members);
    if (superblockVersion < 1 || superblockVersion > Superblock.VERSION) {
      throw new IllegalArgumentException("no superblock has version " + superblockVersion);
    }
    if (generation < 0 || cutBytes < -1 || sealedLength < 0 || epoch < 0 || marksApplied < 0) {
      throw new IllegalArgumentException("volume " + spec.id() + " cannot have generation " + generation + ", cut at "
          + cutBytes + ", sealed length " + sealedLength + ", epoch " + epoch + ", marks applied " + marksApplied);
    }
  }

  /// Of a volume that begins now, to be written to.
  static Descriptor first(VolumeSpec spec, UUID storeId, long salt, long createdMillis, long epoch) {
    return new Descriptor(spec, VolumeState.WRITABLE, storeId, salt, createdMillis, -1, false, 0, epoch, 0, 0, 0, 0, 0,
        List.of(), Superblock.VERSION, false);
  }

  /// @throws NewerFormatException if it is whole and of a newer program
  /// @throws DamagedVolumeException if it is damaged or the disk does not give it
  public static Descriptor read(Disk disk, String fileName) throws IOException {
    String where = disk.where(fileName);
    try {
      byte[] bytes = SmallFile.read(disk, fileName).getBytes(StandardCharsets.UTF_8);
      ObjectNode json = SummedJson.readOld(bytes, where);
      int version = json.path("formatVersion").asInt();
      if (version != 1) {
        json = SummedJson.read(bytes, where); // whatever it says: without a sum it is none of version 2
      }
      if (version > VERSION) {
        throw new NewerFormatException(where, "volume descriptor of format version " + version + ", 1 and 2 are known");
      }
      return version == 1 ? ofVersion1(json) : ofVersion2(json, where);
    } catch (DamagedDocumentException e) {
      throw damaged(String.valueOf(e.getMessage()), disk, fileName, e);
    } catch (SmallFile.UnreadableException e) {
      throw damaged(where + " cannot be read: " + e.getMessage(), disk, fileName, e);
    } catch (IllegalArgumentException e) {
      throw damaged(where + " is not a volume descriptor: " + e.getMessage(), disk, fileName, e);
    }
  }

  private static DamagedVolumeException damaged(String what, Disk disk, String fileName, Exception cause) {
    return new DamagedVolumeException(what + ". Nothing was changed. " + disk.remedy(fileName), cause);
  }

  private static Descriptor ofVersion1(ObjectNode json) {
    return new Descriptor(spec(json), state(json), storeId(json), salt(json), number(json, "createdMillis"),
        json.path("cutBytes").asLong(-1), json.path("readOnly").asBoolean(false), 0, 0, 0, 0, 0, 0, 0, List.of(), 1,
        json.path("deadLog").asBoolean(false));
  }

  private static Descriptor ofVersion2(ObjectNode json, String where) throws NewerFormatException {
    long features = number(json, "features");
    if ((features & ~KNOWN_FEATURES) != 0) {
      throw new NewerFormatException(where, "volume descriptor with features 0x" + Long.toHexString(features)
          + ", of which 0x" + Long.toHexString(KNOWN_FEATURES) + " are known");
    }
    List<Integer> members = new ArrayList<>();
    field(json, "members").forEach(member -> members.add(member.asInt()));
    return new Descriptor(spec(json), state(json), storeId(json), salt(json), number(json, "createdMillis"),
        number(json, "cutBytes"), field(json, "readOnly").asBoolean(), Math.toIntExact(number(json, "generation")),
        number(json, "epoch"), Math.toIntExact(number(json, "catalog")), features, number(json, "marksApplied"),
        number(json, "sealedLength"), Long.parseUnsignedLong(field(json, "sealedChecksum").asText(), 16), members,
        Math.toIntExact(number(json, "superblock")), field(json, "legacyMarks").asBoolean());
  }

  private static VolumeSpec spec(ObjectNode json) {
    return new VolumeSpec(Math.toIntExact(number(json, "volume")), field(json, "collection").asText(),
        ReplicaPlacement.parse(field(json, "replication").asText()), field(json, "diskType").asText(),
        number(json, "limitBytes"));
  }

  private static VolumeState state(ObjectNode json) {
    return VolumeState.valueOf(field(json, "state").asText());
  }

  private static UUID storeId(ObjectNode json) {
    return UUID.fromString(field(json, "storeId").asText());
  }

  private static long salt(ObjectNode json) {
    return Long.parseUnsignedLong(field(json, "salt").asText(), 16);
  }

  private static JsonNode field(ObjectNode json, String name) {
    JsonNode value = json.get(name);
    if (value == null) {
      throw new IllegalArgumentException("it has no field " + name);
    }
    return value;
  }

  private static long number(ObjectNode json, String name) {
    JsonNode value = field(json, name);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("field " + name + " is no whole number: " + value);
    }
    return value.asLong();
  }

  /// Durable on return.
  void write(Disk disk) throws IOException {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("formatVersion", VERSION).put("volume", spec.id())
        .put("collection", spec.collection()).put("replication", spec.placement().toString())
        .put("diskType", spec.diskType()).put("limitBytes", spec.limitBytes()).put("state", state.name())
        .put("storeId", storeId.toString()).put("salt", Long.toHexString(salt)).put("createdMillis", createdMillis)
        .put("cutBytes", cutBytes).put("readOnly", readOnly).put("generation", generation).put("epoch", epoch)
        .put("catalog", catalog).put("features", features).put("marksApplied", marksApplied)
        .put("sealedLength", sealedLength).put("sealedChecksum", Long.toHexString(sealedChecksum));
    ArrayNode merged = json.putArray("members");
    members.forEach(merged::add);
    json.put("superblock", superblockVersion).put("legacyMarks", legacyMarks);
    SmallFile.replace(disk, spec.id() + SUFFIX, new String(SummedJson.write(json), StandardCharsets.UTF_8));
  }

  /// A superblock in place of one that is damaged: all that is known of it.
  public Superblock superblock() {
    return superblockVersion == 1
        ? Superblock.ofLevelOne(spec.id(), generation, storeId, salt, createdMillis, 0)
        : new Superblock(spec.id(), generation, storeId, salt, createdMillis, 0, superblockVersion, features, epoch,
            catalog, marksApplied, 0, 0, sealedLength, sealedChecksum);
  }

  Descriptor withState(VolumeState next) {
    return new Descriptor(spec, next, storeId, salt, createdMillis, cutBytes, readOnly, generation, epoch, catalog,
        features, marksApplied, sealedLength, sealedChecksum, members, superblockVersion, legacyMarks);
  }

  /// Sealed, and of this length and running checksum.
  Descriptor withSeal(VolumeState sealed, long length, long checksum) {
    return new Descriptor(spec, sealed, storeId, salt, createdMillis, cutBytes, readOnly, generation, epoch, catalog,
        features, marksApplied, length, checksum, members, superblockVersion, legacyMarks);
  }

  Descriptor withCut(long bytes) {
    return new Descriptor(spec, state, storeId, salt, createdMillis, bytes, readOnly, generation, epoch, catalog,
        features, marksApplied, sealedLength, sealedChecksum, members, superblockVersion, legacyMarks);
  }

  Descriptor withReadOnly(boolean next) {
    return new Descriptor(spec, state, storeId, salt, createdMillis, cutBytes, next, generation, epoch, catalog,
        features, marksApplied, sealedLength, sealedChecksum, members, superblockVersion, legacyMarks);
  }

  /// The next generation is about to be put in place. Nothing else is said of it, for it may not come to that.
  Descriptor withGeneration(int next) {
    return new Descriptor(spec, state, storeId, salt, createdMillis, cutBytes, readOnly, next, epoch, catalog,
        features, marksApplied, sealedLength, sealedChecksum, members, superblockVersion, legacyMarks);
  }

  /// What the superblock says, where both say it; `cutBytes` and the state stay.
  Descriptor withSuperblock(Superblock superblock) {
    return new Descriptor(spec, state, storeId, salt, createdMillis, cutBytes, readOnly, superblock.generation(), epoch,
        superblock.catalog(), superblock.features(), superblock.marksApplied(), superblock.sealedLength(),
        superblock.sealedChecksum(), members, superblock.version(), legacyMarks);
  }

  /// The marks of level 1 are needles of the catalog now.
  Descriptor withoutLegacyMarks() {
    return new Descriptor(spec, state, storeId, salt, createdMillis, cutBytes, readOnly, generation, epoch, catalog,
        features, marksApplied, sealedLength, sealedChecksum, members, superblockVersion, false);
  }
}
