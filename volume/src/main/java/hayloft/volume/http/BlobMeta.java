package hayloft.volume.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.volume.CorruptNeedleException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a blob's needle says of it; the only class that knows how it lies in the needle's meta. Immutable.
///
///     fields, one after the other, little-endian; a reader skips tags that it does not know
///     +-----+---------+------------------+
///     | tag | length  | value            |      1 B tag, 2 B length of the value
///     +-----+---------+------------------+
///     1 name, UTF-8     2 content type, UTF-8     3 seconds since 1970, 8 B     4 CRC-32C of the data, 4 B
///     5 content encoding, UTF-8     6 a header of the client's own: name, 00, value, UTF-8; one field for each
///
/// @param name as the client named it, empty if it did not
/// @param contentType empty if the client gave none
/// @param contentEncoding how the data are packed, empty if the client did not say
/// @param headers of the client's own, by name in lower case
/// @param crc of all data, the ETag
record BlobMeta(String name, String contentType, String contentEncoding, SortedMap<String, String> headers,
    Instant modifiedAt, int crc) {

  private static final int NAME = 1;
  private static final int CONTENT_TYPE = 2;
  private static final int MODIFIED_AT = 3;
  private static final int CRC = 4;
  private static final int CONTENT_ENCODING = 5;
  private static final int HEADER = 6;
  /// What a name, a type or an encoding may have at most in UTF-8.
  static final int MAX_TEXT_BYTES = 1024;
  /// What all headers of the client's own may have at most in UTF-8, names and values.
  static final int MAX_HEADER_BYTES = 8 << 10;

  BlobMeta {
    headers = Collections.unmodifiableSortedMap(new TreeMap<>(headers));
    if (length(name) > MAX_TEXT_BYTES || length(contentType) > MAX_TEXT_BYTES
        || length(contentEncoding) > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException(
          "name, content type and content encoding may have at most " + MAX_TEXT_BYTES + " bytes each");
    }
    if (headers.entrySet().stream().mapToInt(header -> length(header.getKey()) + length(header.getValue()))
        .sum() > MAX_HEADER_BYTES) {
      throw new IllegalArgumentException("Seaweed- headers may have at most " + MAX_HEADER_BYTES + " bytes together");
    }
  }

  private static int length(String text) {
    return text.getBytes(UTF_8).length;
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
    writeText(meta, CONTENT_ENCODING, contentEncoding);
    headers.forEach((header, value) -> writeText(meta, HEADER, header + '\0' + value));
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
    String contentEncoding = "";
    SortedMap<String, String> headers = new TreeMap<>();
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
        case CONTENT_ENCODING -> contentEncoding = meta.toString(value, length, UTF_8);
        case HEADER -> {
          String[] header = meta.toString(value, length, UTF_8).split("\0", 2);
          headers.put(header[0], header.length == 2 ? header[1] : "");
        }
        default -> {
          // of a later version
        }
      }
      at = value + length;
    }
    return new BlobMeta(name, contentType, contentEncoding, headers, modifiedAt, crc);
  }
}
