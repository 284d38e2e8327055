package hayloft.filer.mutation;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes tagged fields. Confined to one thread.
///
///     field   := varint(tag * 2)     varint(number)
///              | varint(tag * 2 + 1) varint(length) bytes
///     varint  := seven bits a byte, least first, high bit set on all but the last
///
/// The lowest bit tells how long a field is, so that a reader skips tags that it does not know.
public final class FieldWriter {

  private byte[] bytes;
  private int size;

  public FieldWriter(int expectedBytes) {
    bytes = new byte[Math.max(16, expectedBytes)];
  }

  public void number(int tag, long value) {
    varint((long) tag << 1);
    varint(value);
  }

  public void bytes(int tag, byte[] value) {
    varint((long) tag << 1 | 1);
    varint(value.length);
    raw(value);
  }

  public void text(int tag, String value) {
    bytes(tag, value.getBytes(StandardCharsets.UTF_8));
  }

  /// Two texts in one field: length of the first, the first, the second.
  public void pair(int tag, String name, String value) {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    byte[] valueBytes = value.getBytes(StandardCharsets.UTF_8);
    varint((long) tag << 1 | 1);
    varint(varintBytes(nameBytes.length) + nameBytes.length + (long) valueBytes.length);
    varint(nameBytes.length);
    raw(nameBytes);
    raw(valueBytes);
  }

  /// What a nested writer has gathered, as one field.
  public void nested(int tag, FieldWriter value) {
    varint((long) tag << 1 | 1);
    varint(value.size);
    append(value);
  }

  public void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      oneByte((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    oneByte((int) rest);
  }

  public void oneByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  public void fixed32(int value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      oneByte(value >>> shift);
    }
  }

  public void raw(byte[] value) {
    ensure(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  public void append(FieldWriter other) {
    ensure(other.size);
    System.arraycopy(other.bytes, 0, bytes, size, other.size);
    size += other.size;
  }

  public int sizeBytes() {
    return size;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  static int varintBytes(long value) {
    return Math.max(1, (64 - Long.numberOfLeadingZeros(value) + 6) / 7);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
