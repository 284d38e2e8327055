package hayloft.common.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Headers that may stand on several lines: these are one list ([RFC 9110, section
/// 5.3](https://www.rfc-editor.org/rfc/rfc9110#section-5.3)), and whoever reads only the first obeys half of what was
/// said. Stateless.
public final class HeaderLines {

  private HeaderLines() {}

  /// All lines of a header, with commas between those that differ. Null if there is none.
  public static @Nullable String joined(HttpHeaders headers, CharSequence name) {
    String first = headers.get(name);
    if (first == null) {
      return null;
    }
    List<String> lines = headers.getAll(name);
    return lines.size() == 1 ? first : String.join(",", new LinkedHashSet<>(lines));
  }

  /// All lines of a header in their order, also those that are the same: for lists in which an entry may stand twice,
  /// such as that of `Content-Encoding`. Empty if there is none.
  public static String list(HttpHeaders headers, CharSequence name) {
    return String.join(", ", headers.getAll(name));
  }
}
