package hayloft.common.form;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A header's value with parameters: `form-data; name="a"; filename="b"`. Immutable.
///
/// In a quoted string a backslash escapes a quote and a backslash; before anything else it is meant as it stands,
/// because some send paths of Windows as they are. Read from left to right, each character once.
///
/// @param value in lower case
/// @param parameters by name in lower case
record ParameterizedValue(String value, Map<String, Parameter> parameters) {

  /// @param isQuoted whether it stood in quotes, where clients escape more than a token can hold
  record Parameter(String text, boolean isQuoted) {}

  private static final int MAX_PARAMETERS = 32;

  ParameterizedValue {
    parameters = Map.copyOf(parameters);
  }

  /// @throws MalformedFormException if a quoted string has no end, something follows it, a parameter has no name or
  /// value, is there twice, or there are too many
  static ParameterizedValue parse(String header) throws MalformedFormException {
    return new Reader(header).read();
  }

  Optional<Parameter> find(String name) {
    return Optional.ofNullable(parameters.get(name));
  }

  /// What names of header fields and of parameters consist of.
  static boolean isToken(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> c > ' ' && c < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0);
  }

  /// Without spaces and tabs around it; other white space is the text's own.
  static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static final class Reader {

    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    ParameterizedValue read() throws MalformedFormException {
      String value = upTo(text.indexOf(';')).toLowerCase(Locale.ROOT);
      Map<String, Parameter> parameters = new HashMap<>();
      while (at < text.length()) {
        at++; // a semicolon
        skipBlanks();
        if (at == text.length() || text.charAt(at) == ';') {
          continue;
        }
        String name = upTo(text.indexOf('=', at)).toLowerCase(Locale.ROOT);
        if (at == text.length() || !isToken(name)) {
          throw new MalformedFormException("a parameter in a head has no name or no value");
        }
        at++;
        skipBlanks();
        boolean isQuoted = at < text.length() && text.charAt(at) == '"';
        String parameter = isQuoted ? quoted() : upTo(text.indexOf(';', at));
        if (parameters.put(name, new Parameter(parameter, isQuoted)) != null) {
          throw new MalformedFormException("a parameter in a head is there twice");
        }
        if (parameters.size() > MAX_PARAMETERS) {
          throw new MalformedFormException("a head has more than " + MAX_PARAMETERS + " parameters");
        }
      }
      return new ParameterizedValue(value, parameters);
    }

    /// @param end -1 for the text's
    private String upTo(int end) {
      int from = at;
      at = end < 0 ? text.length() : end;
      return trim(text.substring(from, at));
    }

    private String quoted() throws MalformedFormException {
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
        if (text.charAt(at) == '\\' && at + 1 < text.length() && "\"\\".indexOf(text.charAt(at + 1)) >= 0) {
          at++;
        }
        value.append(text.charAt(at));
      }
      if (at == text.length()) {
        throw new MalformedFormException("a quoted string in a head has no end");
      }
      at++;
      skipBlanks();
      if (at < text.length() && text.charAt(at) != ';') {
        throw new MalformedFormException("something follows a quoted string in a head");
      }
      return value.toString();
    }

    private void skipBlanks() {
      while (at < text.length() && isBlank(text.charAt(at))) {
        at++;
      }
    }
  }
}
