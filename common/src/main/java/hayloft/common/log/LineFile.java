package hayloft.common.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.directory.OwnerOnly;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;

/// A log file to which lines are added, or standard output. Confined to the thread that writes.
///
/// @param <E> what becomes a line
public final class LineFile<E> implements BackgroundLog.Sink<E> {

  /// The name of standard output.
  public static final String STANDARD_OUTPUT = "-";

  private static final int BUFFER_BYTES = 64 << 10;

  private final String name;
  private final Function<E, String> line;
  private OutputStream out;

  /// @param name of the file, which is made if it is missing, or [#STANDARD_OUTPUT]
  /// @param line without its end
  /// @throws IOException if the file cannot be written to
  public LineFile(String name, Function<E, String> line) throws IOException {
    this.name = name;
    this.line = line;
    this.out = open();
  }

  private OutputStream open() throws IOException {
    return new BufferedOutputStream(name.equals(STANDARD_OUTPUT)
        ? System.out
        : OwnerOnly.stream(Path.of(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND), BUFFER_BYTES);
  }

  @Override
  public void write(E entry) throws IOException {
    out.write((line.apply(entry) + "\n").getBytes(UTF_8));
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void reopen() throws IOException {
    if (!name.equals(STANDARD_OUTPUT)) {
      OutputStream next = open();
      try (OutputStream old = out) {
        out = next;
        old.flush();
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (name.equals(STANDARD_OUTPUT)) {
      out.flush();
    } else {
      out.close();
    }
  }
}
