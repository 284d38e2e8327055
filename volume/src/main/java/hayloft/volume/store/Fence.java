package hayloft.volume.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.CommitSequence;
import hayloft.common.directory.DamagedDocumentException;
import hayloft.common.directory.SummedJson;
import hayloft.volume.disk.Disk;
import hayloft.volume.needle.NewerFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// `fence`, one in each folder of volumes: the oldest epoch that may append. Stateless.
///
/// Version 2 is a [SummedJson] with `formatVersion` and `epoch`. Version 1 had `epoch` alone, without a sum; its epochs
/// count 16 times. A fence that is damaged or gone is no reason to refuse anything: the caller says it and goes by the
/// other floors, which are the other folders' fences, superblocks and needles.
final class Fence {
  static final String NAME = "fence";
  private static final int VERSION = 2;
  private static final String FORMAT = "formatVersion";
  private static final String EPOCH = "epoch";

  private Fence() {}

  /// What a folder's fence says.
  sealed interface Found {
    record Epoch(long epoch) implements Found {}

    /// There is no such file: no epoch was fenced here yet, or somebody took it away.
    record Absent() implements Found {}

    /// @param what is wrong, and where; for the log
    record Damaged(String what) implements Found {}
  }

  /// @throws NewerFormatException if it is whole and of a newer program
  static Found read(Disk disk) throws IOException {
    String where = disk.describe() + "/" + NAME;
    if (!disk.exists(NAME)) {
      return new Found.Absent();
    }
    ObjectNode json;
    try {
      byte[] bytes = SmallFile.read(disk, NAME).getBytes(StandardCharsets.UTF_8);
      json = SummedJson.readOld(bytes, where);
      if (json.has(FORMAT)) {
        json = SummedJson.read(bytes, where); // with a version it has a sum
      }
    } catch (DamagedDocumentException e) {
      return new Found.Damaged(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Found.Damaged(where + " cannot be read: " + e.getMessage());
    }
    int version = json.path(FORMAT).asInt(1);
    if (version > VERSION) {
      throw new NewerFormatException(where, "fence of format version " + version + ", 1 and 2 are known");
    }
    JsonNode epoch = json.path(EPOCH);
    long most = version == VERSION ? CommitSequence.MAX_EPOCH : CommitSequence.MAX_EPOCH / CommitSequence.ofLevelOne(1);
    if (!epoch.isIntegralNumber() || !epoch.canConvertToLong() || epoch.asLong() < 0 || epoch.asLong() > most) {
      return new Found.Damaged(where + ": an epoch between 0 and " + most + " expected, found " + epoch);
    }
    return new Found.Epoch(version == VERSION ? epoch.asLong() : CommitSequence.ofLevelOne(epoch.asLong()));
  }

  /// Durable on return.
  static void write(Disk disk, long epoch) throws IOException {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put(FORMAT, VERSION).put(EPOCH, epoch);
    SmallFile.replace(disk, NAME, new String(SummedJson.write(json), StandardCharsets.UTF_8));
  }
}
