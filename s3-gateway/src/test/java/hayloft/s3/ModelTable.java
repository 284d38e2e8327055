package hayloft.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// The tables of `src/test/resources/hayloft/s3`: what S3's model lets clients send and servers answer.
final class ModelTable {

  private ModelTable() {}

  /// A value that a request can have, or an answer: `query max-keys`.
  record Member(String place, String name) {

    /// @param pattern a name, or the beginning of some and `*`
    boolean fits(String pattern) {
      return pattern.endsWith("*") ? name.startsWith(pattern.substring(0, pattern.length() - 1)) : name.equals(pattern);
    }

    @Override
    public String toString() {
      return place + " " + name;
    }
  }

  /// The members of each operation, by its name.
  static Map<String, List<Member>> members(String resource) {
    Map<String, List<Member>> table = new TreeMap<>();
    List<Member> members = new ArrayList<>();
    String place = "";
    for (String line : lines(resource)) {
      if (!line.startsWith(" ")) {
        members = new ArrayList<>();
        table.put(line, members);
        continue;
      }
      String[] words = line.strip().split(" ");
      boolean begins = !line.startsWith("    ");
      place = begins ? words[0] : place;
      for (int i = begins ? 1 : 0; i < words.length; i++) {
        members.add(new Member(place, words[i]));
      }
    }
    return table;
  }

  /// The cells of each row.
  static List<String[]> rows(String resource) {
    return lines(resource).stream().map(line -> {
      String[] cells = line.split(" \\|(?= |$)", -1);
      for (int i = 0; i < cells.length; i++) {
        cells[i] = cells[i].strip();
      }
      return cells;
    }).toList();
  }

  private static List<String> lines(String resource) {
    try (InputStream in = Objects.requireNonNull(ModelTable.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new IllegalStateException(resource, e);
    }
  }
}
