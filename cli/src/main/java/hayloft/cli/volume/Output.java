package hayloft.cli.volume;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.ShownText;
import java.util.Locale;
import java.util.Map;

/// How the tools write what they found. Stateless.
final class Output {

  private static final int BYTES_PER_LINE = 16;

  private Output() {}

  /// With a comma for each thousand.
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  static String line(String what, String value) {
    return String.format(Locale.ROOT, "  %-12s%s", ShownText.of(what), ShownText.of(value));
  }

  static String share(long part, long whole) {
    return whole == 0 ? "0 %" : String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
  }

  /// A line for each field of a document; lists and objects within it on one line each.
  static void fields(JsonNode document, StringBuilder out) {
    for (Map.Entry<String, JsonNode> field : document.properties()) {
      JsonNode value = field.getValue();
      out.append(line(field.getKey(), value.isValueNode() ? value.asText() : value.toString())).append('\n');
    }
  }

  /// Offsets, bytes in hex and as ASCII, as hexdump -C has them.
  static void hexDump(byte[] bytes, long firstOffset, StringBuilder out) {
    for (int from = 0; from < bytes.length; from += BYTES_PER_LINE) {
      out.append(String.format(Locale.ROOT, "  %08x ", firstOffset + from));
      StringBuilder ascii = new StringBuilder();
      for (int i = from; i < from + BYTES_PER_LINE; i++) {
        if (i < bytes.length) {
          out.append(String.format(Locale.ROOT, " %02x", bytes[i]));
          ascii.append(bytes[i] >= ' ' && bytes[i] < 0x7F ? (char) bytes[i] : '.');
        } else {
          out.append("   ");
        }
      }
      out.append("  |").append(ascii).append("|\n");
    }
  }
}
