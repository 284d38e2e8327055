package hayloft.filer.rows;

import hayloft.common.volume.VolumePosition;
import java.nio.ByteBuffer;

/// The value of a row in table V: `generation(4) offset(8)`; everything below is applied.
public final class PositionRow {

  private PositionRow() {}

  public static byte[] value(VolumePosition position) {
    return ByteBuffer.allocate(12).putInt(position.generation()).putLong(position.offsetBytes()).array();
  }

  public static VolumePosition read(int volume, byte[] value) {
    var in = ByteBuffer.wrap(value);
    return new VolumePosition(volume, in.getInt(), in.getLong());
  }
}
