package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.ByteSize;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/// Where answers are shown: plain text, with colours if a person looks. Not thread-safe.
public final class Screen {

  private final PrintWriter out;
  private final Ansi ansi;

  Screen(PrintWriter out, Ansi ansi) {
    this.out = out;
    this.ansi = ansi;
  }

  public void line(String text) {
    out.println(text);
  }

  public void print(String text) {
    out.print(text);
  }

  public void heading(String text) {
    out.println(ansi.apply(text, List.of(Ansi.Style.bold)));
  }

  public void good(String text) {
    out.println(ansi.apply(text, List.of(Ansi.Style.fg_green)));
  }

  public void warning(String text) {
    out.println(ansi.apply(text, List.of(Ansi.Style.fg_yellow)));
  }

  public void bad(String text) {
    out.println(ansi.apply(text, List.of(Ansi.Style.fg_red)));
  }

  /// `what` in a column of its own, and its value.
  public void pair(String what, String value) {
    out.println(ansi.apply(what + " ".repeat(Math.max(1, 14 - what.length())), List.of(Ansi.Style.faint)) + value);
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
        line[i] = columns[i].of(row);
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
