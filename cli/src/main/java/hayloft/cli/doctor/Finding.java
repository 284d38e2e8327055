package hayloft.cli.doctor;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/// One thing that was looked at. Immutable.
///
/// @param about what was looked at, a few words
/// @param found what was found
/// @param why it matters; empty where all is well
/// @param fix what to do; empty where nothing is to be done
record Finding(Level level, String about, String found, String why, String fix) {

  /// How bad it is.
  enum Level {
    GOOD,
    /// Worth knowing; could not be looked at, for instance.
    NOTE,
    /// Costs speed, or may become a fault.
    WARNING,
    /// Data is at risk, or the store does not work.
    FAULT
  }

  static Finding good(String about, String found) {
    return new Finding(Level.GOOD, about, found, "", "");
  }

  static Finding note(String about, String found, String why) {
    return new Finding(Level.NOTE, about, found, why, "");
  }

  static Finding warning(String about, String found, String why, String fix) {
    return new Finding(Level.WARNING, about, found, why, fix);
  }

  static Finding fault(String about, String found, String why, String fix) {
    return new Finding(Level.FAULT, about, found, why, fix);
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("level", level.name().toLowerCase(Locale.ROOT))
        .put("about", about).put("found", found);
    if (!why.isEmpty()) {
      json.put("why", why);
    }
    if (!fix.isEmpty()) {
      json.put("fix", fix);
    }
    return json;
  }
}
