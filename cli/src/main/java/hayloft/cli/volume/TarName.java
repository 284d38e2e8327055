package hayloft.cli.volume;

import java.util.ArrayList;
import java.util.List;

/// Where an object lies in an archive: `bucket/key`. Stateless.
///
/// Keys may be what no file name can be. Whoever unpacks the archive must not be led out of his directory, and two keys
/// must not become one file: so the segments `.` and `..` and empty ones are written with their letters (or the slash
/// before them) as `%2E` and `%2F`, and so is a `%` in a key that would read the same.
final class TarName {

  private TarName() {}

  /// @param key of an object; not empty
  static String of(String bucket, String key) {
    List<String> segments = new ArrayList<>();
    segments.add(bucket);
    for (String segment : key.replace("%2E", "%252E").replace("%2F", "%252F").split("/", -1)) {
      segments.add(switch (segment) {
        case "" -> "%2F";
        case "." -> "%2E";
        case ".." -> "%2E%2E";
        default -> segment;
      });
    }
    return String.join("/", segments);
  }
}
