package hayloft.common.form;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What a part says of itself. Immutable. [RFC 7578, 4](https://www.rfc-editor.org/rfc/rfc7578#section-4)
///
/// @param fileName as the client has it, with directories if it sends them; empty if it cannot be read, absent if the
///   part is no file
/// @param contentType empty if the part has none
/// @param contentEncoding empty if the part has none
/// @param contentMd5 as the part has it
public record PartHead(String name, Optional<String> fileName, String contentType, String contentEncoding,
    Optional<String> contentMd5) {

  private static final String DISPOSITION = "content-disposition";

  /// @param lines without their ends
  static PartHead parse(List<String> lines) throws MalformedFormException {
    Map<String, String> fields = new HashMap<>();
    for (String line : lines) {
      if (line.startsWith(" ") || line.startsWith("\t")) {
        throw new MalformedFormException("a line of a head is folded");
      }
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : ParameterizedValue.trim(line.substring(0, colon)).toLowerCase(Locale.ROOT);
      if (!ParameterizedValue.isToken(name)) {
        throw new MalformedFormException("a line of a head is no header field");
      }
      if (fields.put(name, ParameterizedValue.trim(line.substring(colon + 1))) != null) {
        throw new MalformedFormException("a header field of a part is there twice");
      }
    }
    ParameterizedValue disposition = ParameterizedValue.parse(fields.getOrDefault(DISPOSITION, ""));
    Optional<ParameterizedValue.Parameter> name = disposition.find("name");
    if (!disposition.value().equals("form-data") || name.isEmpty()) {
      throw new MalformedFormException("a part does not say that it is form-data, and its name");
    }
    return new PartHead(unescaped(name.get()), fileName(disposition), fields.getOrDefault("content-type", ""),
        fields.getOrDefault("content-encoding", ""), Optional.ofNullable(fields.get("content-md5")));
  }

  /// Of two the extended one counts, if it can be read: [RFC 6266,
  /// 4.3](https://www.rfc-editor.org/rfc/rfc6266#section-4.3).
  private static Optional<String> fileName(ParameterizedValue disposition) {
    Optional<ParameterizedValue.Parameter> extended = disposition.find("filename*");
    Optional<String> plain = disposition.find("filename").map(PartHead::unescaped);
    return extended.isPresent() ? extended(extended.get().text()).or(() -> plain).or(() -> Optional.of("")) : plain;
  }

  /// Browsers, undici, curl and urllib3 escape a quote like this; `%` they do not escape, so no other sequence is one.
  private static String unescaped(ParameterizedValue.Parameter parameter) {
    return parameter.isQuoted() ? parameter.text().replace("%22", "\"") : parameter.text();
  }

  /// `UTF-8'language'text`, [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187): older python-requests send it. Empty if
  /// it is something else.
  private static Optional<String> extended(String value) {
    String[] parts = value.split("'", 3);
    if (parts.length < 3 || !parts[0].equalsIgnoreCase("utf-8")) {
      return Optional.empty();
    }
    String text = parts[2];
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c > '~') {
        return Optional.empty();
      }
      if (c == '%') {
        if (at + 2 >= text.length() || !HexFormat.isHexDigit(text.charAt(at + 1))
            || !HexFormat.isHexDigit(text.charAt(at + 2))) {
          return Optional.empty();
        }
        bytes.put((byte) HexFormat.fromHexDigits(text, at + 1, at + 3));
        at += 2;
      } else {
        bytes.put((byte) c);
      }
    }
    try {
      return Optional.of(UTF_8.newDecoder().decode(bytes.flip()).toString());
    } catch (CharacterCodingException _) { // the other name counts
      return Optional.empty();
    }
  }
}
