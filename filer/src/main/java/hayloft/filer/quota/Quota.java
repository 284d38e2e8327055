package hayloft.filer.quota;

import hayloft.filer.Bucket;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// How much may be in a bucket. Immutable.
///
/// @param bytes of all versions of all objects, and of the parts of uploads under way
/// @param objects counted by their versions; delete markers do not count
public record Quota(OptionalLong bytes, OptionalLong objects) {

  /// The bucket's setting that holds it: two numbers, `-` for none.
  private static final String SETTING = "hayloft-quota";
  private static final String NONE = "-";

  public Quota {
    if (bytes.orElse(0) < 0 || objects.orElse(0) < 0) {
      throw new IllegalArgumentException("a quota must not be negative: " + bytes + ", " + objects);
    }
  }

  /// Empty if the bucket may hold anything.
  public static Optional<Quota> of(Bucket bucket) {
    String text = bucket.settings().get(SETTING);
    if (text == null) {
      return Optional.empty();
    }
    String[] numbers = text.split(" ", 2);
    return Optional.of(new Quota(number(numbers[0]), number(numbers[1])));
  }

  private static OptionalLong number(String text) {
    return text.equals(NONE) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : NONE;
  }

  /// The bucket with this quota; one without any bound takes the setting away.
  public Bucket on(Bucket bucket) {
    Map<String, String> settings = new TreeMap<>(bucket.settings());
    if (bytes.isEmpty() && objects.isEmpty()) {
      settings.remove(SETTING);
    } else {
      settings.put(SETTING, text(bytes) + " " + text(objects));
    }
    return bucket.withSettings(settings);
  }

  /// Whether a bucket may hold so much.
  boolean allows(Usage usage) {
    return usage.bytes() <= bytes.orElse(Long.MAX_VALUE) && usage.objects() <= objects.orElse(Long.MAX_VALUE);
  }
}
