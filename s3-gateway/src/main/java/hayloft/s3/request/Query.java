package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The query of a request, decoded. Immutable. Of a parameter that is repeated the first counts; where an operation
/// obeys it, one that is repeated with another value is refused before.
public final class Query {

  /// No parameters.
  public static final Query EMPTY = new Query(Map.of(), Set.of());

  private final Map<String, String> values;
  private final Set<String> ambiguous;

  private Query(Map<String, String> values, Set<String> ambiguous) {
    this.values = values;
    this.ambiguous = ambiguous;
  }

  /// @param raw what follows the `?`, still encoded; a parameter without `=` has the empty value
  /// @throws S3Exception InvalidURI
  public static Query parse(String raw) {
    if (raw.isEmpty()) {
      return EMPTY;
    }
    Map<String, String> values = new LinkedHashMap<>();
    Set<String> ambiguous = new HashSet<>();
    int start = 0;
    while (start <= raw.length()) {
      int end = raw.indexOf('&', start);
      if (end < 0) {
        end = raw.length();
      }
      if (end > start) {
        int equals = raw.indexOf('=', start);
        int nameEnd = equals < 0 || equals > end ? end : equals;
        String value = nameEnd == end ? "" : PercentEncoding.decodeQuery(raw.substring(nameEnd + 1, end));
        String name = PercentEncoding.decodeQuery(raw.substring(start, nameEnd));
        String first = values.putIfAbsent(name, value);
        if (first != null && !first.equals(value)) {
          ambiguous.add(name);
        }
      }
      start = end + 1;
    }
    return new Query(values, ambiguous);
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  /// The same but for some parameters.
  Query without(Set<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    Map<String, String> rest = new LinkedHashMap<>(values);
    rest.keySet().removeAll(names);
    return new Query(rest, ambiguous);
  }

  /// Whether a parameter was repeated with another value.
  public boolean isAmbiguous(String name) {
    return ambiguous.contains(name);
  }

  public Optional<String> find(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /// The parameter's value, or the empty string.
  public String text(String name) {
    return values.getOrDefault(name, "");
  }

  public Set<String> names() {
    return values.keySet();
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }

  /// A count that caps a page, between 0 and `max`; what is larger becomes `max`.
  ///
  /// @throws S3Exception InvalidArgument if it is not an integer or negative
  public int limit(String name, int max) {
    return number(name, max, max);
  }

  /// The same with another number for a parameter that is missing or empty.
  public int number(String name, int max, int byDefault) {
    Optional<String> text = find(name).filter(value -> !value.isEmpty());
    return text.map(value -> Math.min(count(name, value), max)).orElse(byDefault);
  }

  /// A count, wherever the client wrote it.
  ///
  /// @param name where that was
  /// @throws S3Exception InvalidArgument if it is not an integer or negative
  public static int count(String name, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException _) {
      throw new S3Exception(new S3Error.InvalidArgument(
          "Provided " + name + " not an integer or within integer range", name, value));
    }
    throw new S3Exception(new S3Error.InvalidArgument(
        "Argument " + name + " must be an integer between 0 and 2147483647", name, value));
  }

  /// True if `encoding-type=url` is asked for.
  ///
  /// @throws S3Exception InvalidArgument if it is anything else
  public boolean wantsUrlEncoding() {
    Optional<String> encoding = find("encoding-type").filter(value -> !value.isEmpty());
    if (encoding.isPresent() && !encoding.get().equals("url")) {
      throw new S3Exception(
          new S3Error.InvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encoding.get()));
    }
    return encoding.isPresent();
  }
}
