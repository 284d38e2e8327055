package hayloft.cli.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// A configuration for the eye and for programs; secrets are masked. Immutable.
public final class ConfigTable {

  private static final String MASK = "********";

  /// @param values none: not set
  private record Row(String key, List<String> values, String source) {}

  private final Configuration configuration;
  private final List<Row> rows = new ArrayList<>();

  public ConfigTable(Configuration configuration) {
    this.configuration = configuration;
    for (Configuration.Setting setting : configuration.settings()) {
      rows.add(
          new Row(setting.key(), setting.secret() && !setting.values().isEmpty() ? List.of(MASK) : setting.values(),
              setting.source().text()));
    }
    for (Variables.Variable variable : Variables.ALL) {
      String value = Variables.value(configuration.environment(), variable.name());
      if (!value.isEmpty()) {
        rows.add(new Row(variable.name(), List.of(variable.secret() ? MASK : value), "environment"));
      }
    }
  }

  /// One line a setting: key, value, source.
  public void print(PrintWriter out) {
    int keyWidth = rows.stream().mapToInt(row -> row.key().length()).max().orElse(0);
    int valueWidth = rows.stream().mapToInt(row -> text(row).length()).max().orElse(0);
    for (Row row : rows) {
      out.println(padded(row.key(), keyWidth) + "  " + padded(text(row), valueWidth) + "  " + row.source());
    }
  }

  private static String text(Row row) {
    return row.values().isEmpty() ? "-" : String.join(",", row.values());
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  /// `{"file", "settings": [{"key", "values", "source"}]}`; no file and no value are null and an empty list.
  public void printJson(PrintWriter out) {
    ObjectNode document = new ObjectMapper().createObjectNode();
    document.put("file", configuration.file().map(Object::toString).orElse(null));
    ArrayNode settings = document.putArray("settings");
    for (Row row : rows) {
      ObjectNode setting = settings.addObject().put("key", row.key());
      ArrayNode values = setting.putArray("values");
      row.values().forEach(values::add);
      setting.put("source", row.source());
    }
    out.println(document.toPrettyString());
  }
}
