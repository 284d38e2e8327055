package hayloft.volume.http;

import hayloft.common.FileId;
import java.util.Optional;

/// A file id as it stands in a path: `/3,01637037d6`, `/3/01637037d6`, either with `.ext` or `/any-name` behind it, or
/// with `_n` for the n-th key after it (`/dir/assign?count=`). Immutable.
///
/// @param assigned the file id without `_n`, which a token is for
/// @param needle the file id meant
/// @param name what stands behind it, empty for none
record BlobPath(FileId assigned, FileId needle, String name) {

  /// @param path decoded, with its leading slash; empty if it names no needle
  static Optional<BlobPath> parse(String path) {
    int volumeEnd = 1;
    while (volumeEnd < path.length() && path.charAt(volumeEnd) >= '0' && path.charAt(volumeEnd) <= '9') {
      volumeEnd++;
    }
    if (volumeEnd == 1 || volumeEnd == path.length()
        || path.charAt(volumeEnd) != ',' && path.charAt(volumeEnd) != '/') {
      return Optional.empty();
    }
    int end = volumeEnd + 1;
    while (end < path.length() && path.charAt(end) != '/' && path.charAt(end) != '.') {
      end++;
    }
    String digits = path.substring(volumeEnd + 1, end);
    String name = end < path.length() && path.charAt(end) == '/' ? path.substring(path.lastIndexOf('/') + 1) : "";
    int delta = digits.indexOf('_');
    try {
      var assigned = FileId
          .parse(path.substring(1, volumeEnd) + "," + (delta < 0 ? digits : digits.substring(0, delta)));
      int further = delta < 0 ? 0 : further(digits.substring(delta + 1));
      return Optional
          .of(new BlobPath(assigned, new FileId(assigned.volume(), assigned.key() + further, assigned.cookie()), name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static int further(String digits) {
    int further = Integer.parseInt(digits);
    if (further < 0 || !Character.isDigit(digits.charAt(0))) {
      throw new IllegalArgumentException("not a number of keys: " + digits);
    }
    return further;
  }
}
