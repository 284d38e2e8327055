package hayloft.common.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A line of a log that is a JSON object. Stateless.
///
/// In ASCII: everything else is escaped, so that no program that knows more ends of lines than JSON does takes one for
/// two.
public final class JsonLine {

  private static final ObjectWriter JSON = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build()
      .writer();

  private JsonLine() {}

  /// Without its end.
  public static String of(ObjectNode fields) {
    try {
      return JSON.writeValueAsString(fields).replace("\u007f", "\\u007f");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts cannot fail to be written", e);
    }
  }
}
