package hayloft.cli.logging;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import hayloft.common.log.JsonLine;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.logging.Level;

/// Stands over standard output or standard error of a process whose log may be JSON: what anybody prints there, the
/// program to a person or a library to nobody, goes on as it is or, while the log is JSON, each line as one event
/// `process.said`. Thread-safe.
///
/// An object with a `time` of its own is an event already (the access log on standard output) and goes on as it is. A
/// line that has not ended is kept until it does, or [#sayRest] is called; one of more than [#MOST_BYTES] is told in
/// pieces. Lines without anything on them are left out.
final class SaidLines extends OutputStream {

  static final String EVENT = "process.said";
  static final int MOST_BYTES = 64 << 10;

  /// Apart, so that a process whose log is text does not load it.
  private static final class Reading {
    static final ObjectReader JSON = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build()
        .reader();
  }

  private final String name;
  private final Level level;
  private final PrintStream out;
  private final Charset charset;
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private boolean isJson;
  /// What went on as it was has ended its line.
  private boolean isAtStart = true;

  /// @param name `stdout` or `stderr`
  /// @param level of what is printed without one
  /// @param out borrowed
  SaidLines(String name, Level level, PrintStream out) {
    this.name = name;
    this.level = level;
    this.out = out;
    this.charset = out.charset();
  }

  /// To stand in for the stream itself.
  PrintStream printStream() {
    return new PrintStream(this, true, charset);
  }

  /// From now on in the other form; a line that has begun ends before.
  synchronized void setJson(boolean json) {
    if (json == isJson) {
      return;
    }
    if (json) {
      if (!isAtStart) {
        write(out, System.lineSeparator().getBytes(charset));
        isAtStart = true;
      }
    } else {
      sayRest();
    }
    isJson = json;
  }

  /// Words with a level of their own, of one line or several.
  synchronized void say(Level withLevel, String words) {
    if (isJson) {
      words.lines().forEach(line -> tell(withLevel, line));
    } else {
      byte[] text = (words + System.lineSeparator()).getBytes(charset);
      write(text, 0, text.length);
      flush();
    }
  }

  /// A line of the log, with its end. No lock of the stream's other lines is waited for.
  void pass(String line) {
    write(out, line.getBytes(UTF_8));
  }

  /// Tells of a line that has not ended, since no more comes.
  synchronized void sayRest() {
    if (begun.size() > 0) {
      String line = begun.toString(charset);
      begun.reset();
      tell(level, line);
    }
  }

  @Override
  public void write(int b) {
    write(new byte[]{(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int length) {
    if (!isJson) {
      out.write(bytes, from, length);
      isAtStart = length == 0 ? isAtStart : bytes[from + length - 1] == '\n';
      return;
    }
    int start = from;
    for (int i = from; i < from + length; i++) {
      if (bytes[i] == '\n') {
        begun.write(bytes, start, i - start);
        sayRest();
        start = i + 1;
      } else if (begun.size() + i - start >= MOST_BYTES) {
        begun.write(bytes, start, i - start);
        sayRest();
        start = i;
      }
    }
    begun.write(bytes, start, from + length - start);
  }

  @Override
  public synchronized void flush() {
    if (!isJson) {
      out.flush();
    }
  }

  @Override
  public void close() {
    sayRest();
    flush(); // the stream itself is the process'
  }

  private void tell(Level of, String line) {
    String words = line.stripTrailing(); // an end of a line may have two letters
    if (words.isEmpty()) {
      return;
    }
    write(out, ((isEvent(words) ? words : event(of, words)) + "\n").getBytes(US_ASCII));
  }

  private String event(Level of, String words) {
    var event = JsonFormatter.event(Instant.now(), of, "hayloft");
    event.put("event", EVENT);
    event.putObject("fields").put("stream", name);
    event.put("message", words);
    return JsonLine.of(event);
  }

  private static boolean isEvent(String line) {
    if (!line.startsWith("{\"") || !line.chars().allMatch(letter -> letter >= ' ' && letter < 0x7F)) {
      return false;
    }
    try {
      return Reading.JSON.readTree(line).has("time");
    } catch (JsonProcessingException _) { // then it is words that look like it
      return false;
    }
  }

  private static void write(PrintStream to, byte[] line) {
    synchronized (to) { // whole lines, in one system call each
      to.write(line, 0, line.length);
      to.flush();
    }
  }
}
