package hayloft.filer.rows;

import hayloft.common.FileId;
import java.nio.ByteBuffer;
import java.time.Instant;

/// The value of a row in table E: what ended an upload. Immutable.
///
///     volume(4) needle key(8) cookie(4) sequence(8) milliseconds(8) completed(1)
///
/// @param sequence of the mutation that ended it; if it completed the upload, that of the version it made
public record UploadEnd(FileId needle, long sequence, Instant at, boolean completed) {

  byte[] toBytes() {
    return ByteBuffer.allocate(33).putInt(needle.volume()).putLong(needle.key()).putInt(needle.cookie())
        .putLong(sequence).putLong(at.toEpochMilli()).put((byte) (completed ? 1 : 0)).array();
  }

  public static UploadEnd read(byte[] value) {
    var in = ByteBuffer.wrap(value);
    return new UploadEnd(new FileId(in.getInt(), in.getLong(), in.getInt()), in.getLong(),
        Instant.ofEpochMilli(in.getLong()), in.get() != 0);
  }
}
