package hayloft.cli.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.log.EventLog;
import hayloft.common.log.JsonLine;
import hayloft.common.log.LogText;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.util.Map;

/// What goes past the loggers to standard output or standard error: words of commands, of libraries, of the JDK. While
/// the log is JSON each line of it is an event `process.said`; what is a JSON object already, such as a line of the
/// access log, passes as it is. Otherwise everything passes. Thread-safe.
final class SaidLines extends OutputStream {

  private static final EventLog LOG = EventLog.of(SaidLines.class);
  private static final String LOGGER = "hayloft.cli";
  /// Of our own sentences, which on standard error say why something is not done.
  private static final String OURS = "hayloft: ";
  /// What has no end is cut into lines of this length.
  private static final int MOST_LINE_BYTES = 64 << 10;

  private final PrintStream real;
  private final String stream;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private volatile boolean onlyJson;

  private SaidLines(PrintStream real, String stream) {
    this.real = real;
    this.stream = stream;
  }

  /// Takes the place of standard output.
  static SaidLines overOutput() {
    var lines = new SaidLines(System.out, "stdout");
    System.setOut(new PrintStream(lines, true, UTF_8));
    return lines;
  }

  /// Takes the place of standard error.
  static SaidLines overError() {
    var lines = new SaidLines(System.err, "stderr");
    System.setErr(new PrintStream(lines, true, UTF_8));
    return lines;
  }

  synchronized void setOnlyJson(boolean next) {
    endLine();
    onlyJson = next;
  }

  @Override
  public void write(int one) {
    write(new byte[]{(byte) one}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int count) {
    if (!onlyJson) {
      real.write(bytes, from, count);
      return;
    }
    for (int at = from; at < from + count; at++) {
      if (bytes[at] == '\n' || line.size() >= MOST_LINE_BYTES) {
        endLine();
      }
      if (bytes[at] != '\n') {
        line.write(bytes[at]);
      }
    }
  }

  /// What has no end of its line yet waits for it.
  @Override
  public synchronized void flush() {
    real.flush();
  }

  private void endLine() {
    String text = line.toString(UTF_8).stripTrailing();
    line.reset();
    if (text.isBlank()) {
      return;
    }
    if (text.startsWith("{\"") && text.endsWith("}")) {
      put(text);
    } else {
      said(text);
    }
  }

  private void said(String text) {
    boolean ours = text.startsWith(OURS);
    String level = stream.equals("stdout") ? "INFO" : ours ? "ERROR" : "WARN";
    String words = LogText.sentence(ours ? text.substring(OURS.length()) : text, MOST_LINE_BYTES);
    ObjectNode event = begun(level);
    event.put("event", "process.said");
    event.putObject("fields").put("stream", stream).put("text", words);
    put(JsonLine.of(event.put("message", words)));
  }

  /// An answer that people read as `text` and programs as an event.
  void answer(String text, String name, Map<String, String> fields) {
    if (!onlyJson) {
      real.println(text);
      real.flush();
      return;
    }
    ObjectNode event = begun("INFO").put("event", name);
    ObjectNode told = event.putObject("fields");
    fields.forEach(told::put);
    put(JsonLine.of(event.put("message", text)));
  }

  /// The end of a process by a bug.
  void died(String command, Throwable bug) {
    String words = "something happened that should not, a bug of Hayloft's: " + command
        + " has ended before it was done. Please report it with this line, and say what you did";
    ObjectNode event = begun("ERROR").put("event", "process.died");
    event.putObject("fields").put("command", command);
    put(JsonLine.of(event.put("message", words).put("error", Thrown.trace(bug))));
  }

  /// A thread that ended by a bug.
  static void lost(Thread thread, Throwable bug) {
    LOG.error("thread.died").with("thread", thread.getName()).say(bug);
  }

  private static ObjectNode begun(String level) {
    return JsonNodeFactory.instance.objectNode().put("time", EventFormatter.TIME.format(Instant.now()))
        .put("level", level).put("logger", LOGGER);
  }

  private synchronized void put(String json) {
    real.println(json);
    real.flush();
  }
}
