package hayloft.volume.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.volume.CorruptNeedleException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.HexFormat;

/// What a blob's needle says of it; the only class that knows how it lies in the needle's meta. Immutable.
///
///     fields, one after the other, little-endian; a reader skips tags that it does not know
///     +-----+---------+------------------+
///     | tag | length  | value            |      1 B tag, 2 B length of the value
///     +-----+---------+------------------+
///     1 name, UTF-8     2 content type, UTF-8     3 seconds since 1970, 8 B     4 CRC-32C of the data, 4 B
///
/// @param name as the client named it, empty if it did not
/// @param contentType empty if the client gave none
/// @param crc of all data, the ETag
record BlobMeta(String name, String contentType, Instant modifiedAt, int crc) {

  private static final int NAME = 1;
  private static final int CONTENT_TYPE = 2;
  private static final int MODIFIED_AT = 3;
  private static final int CRC = 4;
  /// What a name or a type may have at most in UTF-8.
  static final int MAX_TEXT_BYTES = 1024;

  BlobMeta {
    if (name.getBytes(UTF_8).length > MAX_TEXT_BYTES || contentType.getBytes(UTF_8).length > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException("name and content type may have at most " + MAX_TEXT_BYTES + " bytes each");
    }
  }

  String eTag() {
    return HexFormat.of().toHexDigits(crc);
  }

  /// The caller takes the buffer.
  ByteBuf write() {
    ByteBuf meta = Unpooled.buffer(64);
    writeText(meta, NAME, name);
    writeText(meta, CONTENT_TYPE, contentType);
    meta.writeByte(MODIFIED_AT).writeShortLE(Long.BYTES).writeLongLE(modifiedAt.getEpochSecond());
    meta.writeByte(CRC).writeShortLE(Integer.BYTES).writeIntLE(crc);
    return meta;
  }

  private static void writeText(ByteBuf meta, int tag, String text) {
    if (!text.isEmpty()) {
      byte[] bytes = text.getBytes(UTF_8);
      meta.writeByte(tag).writeShortLE(bytes.length).writeBytes(bytes);
    }
  }

  /// Borrows the buffer.
  ///
  /// @throws CorruptNeedleException if this is no blob's meta, though its checksum was right
  static BlobMeta read(ByteBuf meta) throws CorruptNeedleException {
    String name = "";
    String contentType = "";
    Instant modifiedAt = Instant.EPOCH;
    int crc = 0;
    int at = meta.readerIndex();
    while (at < meta.writerIndex()) {
      if (meta.writerIndex() - at < 3 || meta.writerIndex() - at - 3 < meta.getUnsignedShortLE(at + 1)) {
        throw new CorruptNeedleException("a blob's meta ends within a field, at byte " + (at - meta.readerIndex()));
      }
      int tag = meta.getByte(at);
      int length = meta.getUnsignedShortLE(at + 1);
      int value = at + 3;
      switch (tag) {
        case NAME -> name = meta.toString(value, length, UTF_8);
        case CONTENT_TYPE -> contentType = meta.toString(value, length, UTF_8);
        case MODIFIED_AT -> modifiedAt = Instant.ofEpochSecond(meta.getLongLE(value));
        case CRC -> crc = meta.getIntLE(value);
        default -> {
          // of a later version
        }
      }
      at = value + length;
    }
    return new BlobMeta(name, contentType, modifiedAt, crc);
  }
}
