package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The arguments of one request, read by name and kind; what is wrong is refused with the name, as the shell has it:
/// with a dash if it is one of its options. Confined to one request.
///
/// What nobody asked for is refused too ([#requireAllKnown]): a misspelt argument must not change the meaning of the
/// rest.
final class Arguments {

  private final JsonNode values;
  private final Set<String> asked = new HashSet<>();

  Arguments(JsonNode values) {
    if (!values.isObject()) {
      throw AdminRefusal.wrong("arguments must be a JSON object");
    }
    this.values = values;
  }

  private JsonNode value(String name) {
    asked.add(name);
    return values.path(name);
  }

  String text(String name) {
    return optionalText(name).orElseThrow(() -> AdminRefusal.wrong(name + " is missing"));
  }

  /// Empty text counts as absent.
  Optional<String> optionalText(String name) {
    JsonNode value = value(name);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw AdminRefusal.wrong(name + " must be text, got " + value);
    }
    return value.textValue().isEmpty() ? Optional.empty() : Optional.of(value.textValue());
  }

  /// Absent is false.
  boolean flag(String name) {
    JsonNode value = value(name);
    if (value.isMissingNode() || value.isNull()) {
      return false;
    }
    if (!value.isBoolean()) {
      throw AdminRefusal.wrong("-" + name + " must be true or false, got " + value);
    }
    return value.booleanValue();
  }

  long number(String name, long usual, long least, long most) {
    JsonNode value = value(name);
    if (value.isMissingNode() || value.isNull()) {
      return usual;
    }
    if (!value.canConvertToLong() || !value.isIntegralNumber() || value.longValue() < least
        || value.longValue() > most) {
      throw AdminRefusal
          .wrong(option(name) + " must be a whole number from " + least + " to " + most + ", got " + value);
    }
    return value.longValue();
  }

  double fraction(String name, double usual) {
    JsonNode value = value(name);
    if (value.isMissingNode() || value.isNull()) {
      return usual;
    }
    if (!value.isNumber() || value.doubleValue() < 0 || value.doubleValue() > 1) {
      throw AdminRefusal.wrong(option(name) + " must be a number from 0 to 1, got " + value);
    }
    return value.doubleValue();
  }

  /// As the shell calls it, where the one who typed it looks.
  private static String option(String name) {
    return switch (name) {
      case "volumes" -> "-volumeId";
      case "bytesPerSecond" -> "-rate";
      default -> "-" + name.replaceFirst("(Seconds|Millis)$", "");
    };
  }

  /// Empty if absent.
  List<Integer> numbers(String name) {
    JsonNode value = value(name);
    List<Integer> numbers = new ArrayList<>();
    if (value.isMissingNode() || value.isNull()) {
      return numbers;
    }
    if (!value.isArray()) {
      throw AdminRefusal.wrong(option(name) + " must be a list of numbers, got " + value);
    }
    for (JsonNode number : value) {
      if (!number.isInt() || number.intValue() <= 0) {
        throw AdminRefusal.wrong(option(name) + " must be numbers above 0, got " + number);
      }
      numbers.add(number.intValue());
    }
    return numbers;
  }

  /// Empty if absent.
  List<String> texts(String name) {
    JsonNode value = value(name);
    List<String> texts = new ArrayList<>();
    if (value.isMissingNode() || value.isNull()) {
      return texts;
    }
    if (!value.isArray()) {
      throw AdminRefusal.wrong(name + " must be a list of texts, got " + value);
    }
    for (JsonNode text : value) {
      if (!text.isTextual() || text.textValue().isEmpty()) {
        throw AdminRefusal.wrong(name + " must be texts, got " + text);
      }
      texts.add(text.textValue());
    }
    return texts;
  }

  /// Empty if absent.
  List<JsonNode> objects(String name) {
    JsonNode value = value(name);
    List<JsonNode> objects = new ArrayList<>();
    if (value.isMissingNode() || value.isNull()) {
      return objects;
    }
    if (!value.isArray()) {
      throw AdminRefusal.wrong(name + " must be a list of objects");
    }
    for (JsonNode one : value) {
      if (!one.isObject()) {
        throw AdminRefusal.wrong(name + " must be objects, got " + one.getNodeType().name().toLowerCase(Locale.ROOT));
      }
      objects.add(one);
    }
    return objects;
  }

  /// To be called when everything that a command knows was read.
  void requireAllKnown() {
    values.fieldNames().forEachRemaining(name -> {
      if (!asked.contains(name)) {
        throw AdminRefusal.wrong("no such argument: " + name);
      }
    });
  }

  /// For the audit log: secrets are masked, and of objects in a list only their ids are told.
  ObjectNode masked() {
    ObjectNode copy = values.deepCopy();
    List<String> names = new ArrayList<>();
    copy.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      String lower = name.toLowerCase(Locale.ROOT);
      JsonNode value = copy.path(name);
      if (value.isArray() && value.path(0).isObject()) {
        ArrayNode ids = copy.putArray(name);
        value.forEach(one -> ids.add(one.path("id").asText()));
      } else if (!value.isBoolean() && (lower.contains("secret") || lower.contains("password"))) {
        copy.put(name, "********");
      }
    }
    return copy;
  }
}
