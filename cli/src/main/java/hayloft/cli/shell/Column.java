package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.ByteSize;
import java.time.Duration;
import java.util.Locale;

/// One column of a table: its title, and how a row's field is written. Immutable.
public record Column(String title, String field, Form form) {

  /// How a value is written.
  public enum Form {
    TEXT,
    BYTES,
    COUNT,
    TIME,
    PERCENT,
    AGE,
    YES_NO
  }

  public static Column text(String title, String field) {
    return new Column(title, field, Form.TEXT);
  }

  public static Column bytes(String title, String field) {
    return new Column(title, field, Form.BYTES);
  }

  public static Column count(String title, String field) {
    return new Column(title, field, Form.COUNT);
  }

  public static Column time(String title, String field) {
    return new Column(title, field, Form.TIME);
  }

  public static Column percent(String title, String field) {
    return new Column(title, field, Form.PERCENT);
  }

  /// Of seconds.
  public static Column age(String title, String field) {
    return new Column(title, field, Form.AGE);
  }

  public static Column yesNo(String title, String field) {
    return new Column(title, field, Form.YES_NO);
  }

  boolean isNumber() {
    return form == Form.BYTES || form == Form.COUNT || form == Form.PERCENT
        || form == Form.AGE;
  }

  String of(JsonNode row) {
    JsonNode value = row.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return "-";
    }
    return switch (form) {
      case TEXT -> value.isArray() ? joined(value) : value.asText().isEmpty() ? "-" : value.asText();
      case BYTES -> ByteSize.text(value.asLong());
      case COUNT -> String.format(Locale.ROOT, "%,d", value.asLong());
      case TIME -> value.asText().replace('T', ' ').replaceAll("\\.\\d+Z$|Z$", "");
      case PERCENT -> String.format(Locale.ROOT, "%.1f %%", 100 * value.asDouble());
      case AGE -> age(Duration.ofSeconds(value.asLong()));
      case YES_NO -> value.asBoolean() ? "yes" : "no";
    };
  }

  private static String age(Duration age) {
    if (age.toDays() > 0) {
      return age.toDays() + " d " + age.toHoursPart() + " h";
    }
    return age.toHours() > 0
        ? age.toHours() + " h " + age.toMinutesPart() + " min"
        : age.toMinutes() + " min " + age.toSecondsPart() + " s";
  }

  private static String joined(JsonNode values) {
    StringBuilder text = new StringBuilder();
    values.forEach(value -> text.append(text.isEmpty() ? "" : ",").append(value.asText()));
    return text.isEmpty() ? "-" : text.toString();
  }
}
