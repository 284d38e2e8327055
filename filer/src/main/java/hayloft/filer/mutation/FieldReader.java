package hayloft.filer.mutation;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/// Reads what [FieldWriter] wrote. Confined to one thread; borrows the array.
///
/// Either field by field ([#next], [#tag], [#number] and the like; what is not asked for is skipped) or raw
/// ([#varint], [#raw]), the latter for values that have no tags of their own.
public final class FieldReader {

  private final byte[] bytes;
  private final int end;
  private int at;
  private int tag;
  private boolean hasBytes;
  private long number;
  private int valueStart;
  private int valueEnd;

  public FieldReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  public FieldReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /// Moves to the next field. False at the end.
  public boolean next() throws MalformedMutationException {
    if (at >= end) {
      return false;
    }
    long head = varint();
    tag = (int) (head >>> 1);
    hasBytes = (head & 1) != 0;
    if (hasBytes) {
      int length = length();
      valueStart = at;
      valueEnd = at + length;
      at = valueEnd;
    } else {
      number = varint();
    }
    return true;
  }

  public int tag() {
    return tag;
  }

  public long number() throws MalformedMutationException {
    if (hasBytes) {
      throw new MalformedMutationException("field " + tag + " holds bytes where a number is expected");
    }
    return number;
  }

  /// A number that is an int; another one has another meaning than its lower half.
  int smallNumber() throws MalformedMutationException {
    long wide = number();
    if (wide != (int) wide) {
      throw new MalformedMutationException("field " + tag + " holds " + wide + ", which is more than it can be");
    }
    return (int) wide;
  }

  public byte[] bytes() throws MalformedMutationException {
    requireBytes();
    return Arrays.copyOfRange(bytes, valueStart, valueEnd);
  }

  public String text() throws MalformedMutationException {
    requireBytes();
    return new String(bytes, valueStart, valueEnd - valueStart, StandardCharsets.UTF_8);
  }

  /// Reads a pair and puts it into a map.
  public void pairInto(Map<String, String> map) throws MalformedMutationException {
    FieldReader pair = nested();
    String name = pair.textOf(pair.length());
    map.put(name, pair.textOf(pair.remaining()));
  }

  /// The current field's bytes as fields or raw values of their own.
  public FieldReader nested() throws MalformedMutationException {
    requireBytes();
    return new FieldReader(bytes, valueStart, valueEnd);
  }

  public long varint() throws MalformedMutationException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = oneByte();
      value |= (long) (b & 0x7F) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw new MalformedMutationException("number of more than ten bytes at " + at);
  }

  public int oneByte() throws MalformedMutationException {
    if (at >= end) {
      throw new MalformedMutationException("fields end early, at " + at);
    }
    return bytes[at++] & 0xFF;
  }

  public int fixed32() throws MalformedMutationException {
    return oneByte() << 24 | oneByte() << 16 | oneByte() << 8 | oneByte();
  }

  /// A varint that counts bytes which follow.
  public int length() throws MalformedMutationException {
    long length = varint();
    if (length < 0 || length > end - at) {
      throw new MalformedMutationException("a field of " + length + " bytes where " + (end - at) + " are left");
    }
    return (int) length;
  }

  public byte[] raw(int length) throws MalformedMutationException {
    int from = take(length);
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  public String textOf(int length) throws MalformedMutationException {
    int from = take(length);
    return new String(bytes, from, length, StandardCharsets.UTF_8);
  }

  public int remaining() {
    return end - at;
  }

  /// Where in the array the next byte is.
  public int position() {
    return at;
  }

  private int take(int length) throws MalformedMutationException {
    if (length < 0 || length > end - at) {
      throw new MalformedMutationException(length + " bytes where " + (end - at) + " are left");
    }
    int from = at;
    at += length;
    return from;
  }

  private void requireBytes() throws MalformedMutationException {
    if (!hasBytes) {
      throw new MalformedMutationException("field " + tag + " holds a number where bytes are expected");
    }
  }
}
