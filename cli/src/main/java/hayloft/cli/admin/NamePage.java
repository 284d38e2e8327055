package hayloft.cli.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The page of a list by name that a request asks for; the whole list if it asks for no `limit`. Immutable.
final class NamePage {

  private static final int MOST = 1000;

  private final Optional<String> after;
  private final long limit;

  NamePage(Arguments arguments) {
    after = arguments.optionalText("after");
    limit = arguments.number("limit", Long.MAX_VALUE, 1, MOST);
  }

  /// With `next`, to be sent as `after`, if there are more.
  ///
  /// @param all in the order of their names
  <T> ObjectNode of(String field, List<T> all, Function<T, String> name, Function<T, ObjectNode> row) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode rows = answer.putArray(field);
    String last = "";
    for (T one : all) {
      if (after.isPresent() && name.apply(one).compareTo(after.get()) <= 0) {
        continue;
      }
      if (rows.size() == limit) {
        return answer.put("next", last);
      }
      rows.add(row.apply(one));
      last = name.apply(one);
    }
    return answer;
  }
}
