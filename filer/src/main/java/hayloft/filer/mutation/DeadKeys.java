package hayloft.filer.mutation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The keys of one volume that a dead mark names, as bytes. Stateless.
///
///     keys := varint(first) varint(difference) ...        rising, so that most take one byte
public final class DeadKeys {

  private static final int USUAL_KEY_BYTES = 2;

  private DeadKeys() {}

  /// The keys in the order in which a mark names them, each once.
  public static List<Long> sorted(Collection<Long> keys) {
    return keys.stream().distinct().sorted(Long::compareUnsigned).toList();
  }

  /// @param keys rising ([#sorted])
  static byte[] encode(List<Long> keys) {
    var out = new FieldWriter(8 + keys.size() * USUAL_KEY_BYTES);
    long last = 0;
    for (long key : keys) {
      if (Long.compareUnsigned(key, last) <= 0) {
        throw new IllegalArgumentException("dead keys must rise, got " + key + " after " + last);
      }
      out.varint(key - last);
      last = key;
    }
    return out.toBytes();
  }

  static List<Long> decode(FieldReader in) throws MalformedMutationException {
    var keys = new ArrayList<Long>();
    long last = 0;
    while (in.remaining() > 0) {
      long difference = in.varint();
      if (difference == 0) {
        throw new MalformedMutationException("dead key " + last + " named twice");
      }
      last += difference;
      keys.add(last);
    }
    return keys;
  }

  /// The keys that a body of dead marks names.
  public static List<Long> ofBody(FieldReader body) throws MalformedMutationException {
    List<Long> keys = List.of();
    while (body.next()) {
      if (body.tag() == BodyTags.DEAD_KEYS) {
        keys = decode(body.nested());
      }
    }
    return keys;
  }
}
