package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/// Lists that a server answers page by page. Stateless.
public final class Pages {

  /// Of a page: so that no answer is large, however much there is.
  public static final int ROWS = 1000;

  private Pages() {}

  /// All pages of a list by name as one answer.
  ///
  /// @param arguments of the first page; a page's `next` is the `after` of the following one
  /// @param field with the rows
  public static ObjectNode all(ShellSession session, String name, ObjectNode arguments, String field, Watch watch)
      throws IOException {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode rows = all.putArray(field);
    String next;
    do {
      JsonNode page = session.run(name, arguments.put("limit", ROWS), watch);
      page.path(field).forEach(rows::add);
      next = page.path("next").asText();
      arguments.put("after", next);
    } while (!next.isEmpty());
    return all;
  }

  /// Says that a list is not all there is, and how to see the rest.
  ///
  /// @param goOn options and their values by turns; values that are empty are left out with their options
  public static void sayCut(Screen screen, long shown, String... goOn) {
    var text = new StringBuilder("cut after " + shown + "; go on with");
    for (int i = 0; i < goOn.length; i += 2) {
      if (!goOn[i + 1].isEmpty()) {
        text.append(' ').append(goOn[i]).append(' ').append(CommandText.quoted(goOn[i + 1]));
      }
    }
    screen.warning(text.toString());
  }
}
