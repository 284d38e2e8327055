package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.ByteSize;
import hayloft.cli.ShownText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/// Where answers are shown: plain text, with colours if a person looks. What is in the answers was chosen by clients:
/// it is escaped ([ShownText]), so that it can neither move a cursor nor begin a line. Not thread-safe.
public final class Screen {

  private final PrintWriter out;
  private final Ansi ansi;

  Screen(PrintWriter out, Ansi ansi) {
    this.out = out;
    this.ansi = ansi;
  }

  public void line(String text) {
    out.println(ShownText.of(text));
  }

  /// An order for the terminal, as it is.
  public void order(String sequence) {
    out.print(sequence);
  }

  /// The answer itself, where nothing else is to be said of it.
  public void document(JsonNode answer) {
    out.println(ShownText.lines(answer.toPrettyString()));
  }

  public void heading(String text) {
    out.println(ansi.apply(ShownText.of(text), List.of(Ansi.Style.bold)));
  }

  public void good(String text) {
    out.println(ansi.apply(ShownText.of(text), List.of(Ansi.Style.fg_green)));
  }

  public void warning(String text) {
    out.println(ansi.apply(ShownText.of(text), List.of(Ansi.Style.fg_yellow)));
  }

  public void bad(String text) {
    out.println(ansi.apply(ShownText.of(text), List.of(Ansi.Style.fg_red)));
  }

  /// `what` in a column of its own, and its value.
  public void pair(String what, String value) {
    String shown = ShownText.of(what);
    out.println(ansi.apply(shown + " ".repeat(Math.max(1, 14 - shown.length())), List.of(Ansi.Style.faint))
        + ShownText.of(value));
  }

  public static String bytes(long count) {
    return ByteSize.text(count);
  }

  /// Rows under titles, numbers to the right; a line instead if there are none.
  public void table(JsonNode rows, String whenNone, Column... columns) {
    if (rows.isEmpty()) {
      out.println(whenNone);
      return;
    }
    List<String[]> cells = new ArrayList<>();
    int[] widths = new int[columns.length];
    for (int i = 0; i < columns.length; i++) {
      widths[i] = columns[i].title().length();
    }
    for (JsonNode row : rows) {
      String[] line = new String[columns.length];
      for (int i = 0; i < columns.length; i++) {
        line[i] = ShownText.of(columns[i].of(row));
        widths[i] = Math.max(widths[i], line[i].length());
      }
      cells.add(line);
    }
    String[] titles = new String[columns.length];
    for (int i = 0; i < columns.length; i++) {
      titles[i] = columns[i].title();
    }
    out.println(ansi.apply(text(titles, widths, columns), List.of(Ansi.Style.bold)));
    cells.forEach(line -> out.println(text(line, widths, columns)));
  }

  private static String text(String[] cells, int[] widths, Column... columns) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      String fill = " ".repeat(widths[i] - cells[i].length());
      text.append(i == 0 ? "" : "  ").append(columns[i].isNumber() ? fill + cells[i] : cells[i] + fill);
    }
    return text.toString().stripTrailing();
  }
}
