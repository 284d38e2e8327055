package hayloft.common.directory;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;

/// Says that something is not JSON, and where it ceases to be, in words for people: a parser's own are about its
/// tokens. Stateless.
public final class NotJson {

  private NotJson() {}

  /// `is not JSON at line 3, column 7`.
  public static String text(JsonProcessingException fault) {
    JsonLocation at = fault.getLocation();
    return at == null ? "is not JSON" : "is not JSON at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }
}
