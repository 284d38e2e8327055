package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A request's target as signatures see it: the path, and the query's parameters still percent-encoded. Immutable.
/// Parameters are looked up by their decoded names, as whoever obeys them does.
final class SignedTarget {

  /// How the canonical form is made of what was sent.
  enum Form {
    /// Decoded and encoded again by S3's rules: what AWS does, and right whatever a client left unencoded on the wire.
    NORMAL,
    /// As sent: what some clients sign that encode by rules of their own (`%2F` in a key, say).
    AS_SENT
  }

  /// As it was sent.
  record Parameter(String name, String value) {

    boolean is(String plainName) {
      return name.equals(plainName) || plainName().equals(plainName);
    }

    String plainName() {
      return decode(name);
    }

    String plainValue() {
      return decode(value);
    }
  }

  private static final Comparator<Parameter> CANONICAL_ORDER = Comparator.comparing(Parameter::name)
      .thenComparing(Parameter::value);

  private final String path;
  private final List<Parameter> parameters;

  private SignedTarget(String path, List<Parameter> parameters) {
    this.path = path;
    this.parameters = parameters;
  }

  static SignedTarget parse(String target) {
    int mark = target.indexOf('?');
    if (mark < 0) {
      return new SignedTarget(target, List.of());
    }
    List<Parameter> parameters = new ArrayList<>();
    int from = mark + 1;
    while (from <= target.length()) {
      int end = target.indexOf('&', from);
      if (end < 0) {
        end = target.length();
      }
      if (end > from) {
        int equals = target.indexOf('=', from);
        boolean hasValue = equals >= 0 && equals < end;
        parameters.add(new Parameter(target.substring(from, hasValue ? equals : end),
            hasValue ? target.substring(equals + 1, end) : ""));
      }
      from = end + 1;
    }
    return new SignedTarget(target.substring(0, mark), parameters);
  }

  String path() {
    return path;
  }

  List<Parameter> parameters() {
    return parameters;
  }

  boolean has(String name) {
    return !parameters.isEmpty() && parameters.stream().anyMatch(parameter -> parameter.is(name));
  }

  /// The decoded value of the first parameter of this name.
  Optional<String> find(String name) {
    for (Parameter parameter : parameters) {
      if (parameter.is(name)) {
        return Optional.of(parameter.plainValue());
      }
    }
    return Optional.empty();
  }

  boolean isRepeated(String name) {
    return parameters.stream().filter(parameter -> parameter.is(name)).count() > 1;
  }

  /// The same of a name in whatever case.
  Optional<String> findAnyCase(String name) {
    return parameters.stream().filter(parameter -> parameter.plainName().equalsIgnoreCase(name)).findFirst()
        .map(Parameter::plainValue);
  }

  /// Whether one of the parameters of a name has such a value.
  boolean hasAnyCase(String name, Predicate<String> value) {
    for (Parameter parameter : parameters) {
      if (parameter.plainName().equalsIgnoreCase(name) && value.test(parameter.plainValue())) {
        return true;
      }
    }
    return false;
  }

  void putPath(ByteText out, Form form) {
    switch (form) {
      case NORMAL -> encode(path, true, out);
      case AS_SENT -> out.put(path);
    }
  }

  /// The parameters but one, sorted by name and value.
  void putQuery(ByteText out, Form form, String except) {
    if (parameters.isEmpty()) {
      return;
    }
    List<Parameter> sorted = new ArrayList<>(parameters.size());
    for (Parameter parameter : parameters) {
      if (!parameter.is(except)) {
        sorted
            .add(form == Form.AS_SENT ? parameter : new Parameter(encode(parameter.name()), encode(parameter.value())));
      }
    }
    sorted.sort(CANONICAL_ORDER);
    for (int i = 0; i < sorted.size(); i++) {
      if (i > 0) {
        out.put('&');
      }
      out.put(sorted.get(i).name()).put('=').put(sorted.get(i).value());
    }
  }

  private static String encode(String text) {
    if (isNormal(text)) {
      return text;
    }
    ByteText out = new ByteText(text.length() + 16);
    encode(text, false, out);
    return out.toString();
  }

  private static boolean isNormal(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isUnreserved(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// Decodes and encodes again by S3's rules: letters, digits and `-._~` stand for themselves, and `/` in a path.
  private static void encode(String text, boolean isPath, ByteText out) {
    int plainFrom = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isUnreserved(c) || isPath && c == '/') {
        continue;
      }
      out.put(text, plainFrom, i);
      int b = c == '%' ? escaped(text, i) : -1;
      if (b >= 0) {
        i += 2;
      } else {
        b = c == '+' && !isPath ? ' ' : c;
      }
      if (isUnreserved((char) b) || isPath && b == '/') {
        out.put((char) b);
      } else {
        out.putEscaped(b);
      }
      plainFrom = i + 1;
    }
    out.put(text, plainFrom, text.length());
  }

  /// A query's text: `+` is a blank, escapes are bytes of UTF-8.
  private static String decode(String text) {
    if (isNormal(text)) {
      return text;
    }
    ByteText out = new ByteText(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int b = c == '%' ? escaped(text, i) : -1;
      if (b >= 0) {
        out.put((char) b);
        i += 2;
      } else {
        out.put(c == '+' ? ' ' : c);
      }
    }
    return new String(out.toString().getBytes(ISO_8859_1), UTF_8);
  }

  /// The byte that `%xy` at this index stands for, or -1 if it is no escape.
  private static int escaped(String text, int at) {
    if (at + 2 >= text.length()) {
      return -1;
    }
    int high = Signatures.digit(text.charAt(at + 1));
    int low = Signatures.digit(text.charAt(at + 2));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static boolean isUnreserved(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_'
        || c == '~';
  }
}
