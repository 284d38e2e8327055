package hayloft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/// The mixin of commands that answer people in words and programs with one JSON document; and how a failure is told to
/// either.
public final class AnswerForm {

  private static final String JSON = "--json";

  @Option(names = JSON, description = "One JSON document instead of text, a failure as {\"error\": {\"code\", "
      + "\"message\"}}.")
  private boolean json;

  public boolean isJson() {
    return json;
  }

  /// @param text writes the same for people
  public void answer(PrintWriter out, JsonNode document, Consumer<PrintWriter> text) {
    if (json) {
      out.println(document.toPrettyString());
    } else {
      text.accept(out);
    }
    out.flush();
  }

  /// Where progress and remarks go: nowhere, if a program reads the answer.
  ///
  /// @param err for people
  public PrintWriter remarks(PrintWriter err) {
    return json ? new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8) : err;
  }

  /// Whether a command line asks for JSON, though it may not even be one; in the lines of `shell -c`, too.
  static boolean isJsonAskedFor(Collection<String> arguments) {
    return arguments.stream().flatMap(argument -> Arrays.stream(argument.split("[\\s;]+")))
        .anyMatch(word -> word.equals(JSON) || word.equals("-json"));
  }

  /// Tells a failure to programs.
  ///
  /// @param code a word that stays the same
  public static void fail(PrintWriter out, String code, String message) {
    ObjectNode failure = JsonNodeFactory.instance.objectNode();
    failure.putObject("error").put("code", code).put("message", message);
    out.println(failure.toPrettyString());
    out.flush();
  }
}
