package hayloft.volume.http;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The parameters of a request for a blob, with SeaweedFS's names. What would change the answer there and does not here
/// is refused by name.
///
/// @param parameters of each name the first counts
record BlobQuery(Map<String, List<String>> parameters) {

  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");
  private static final Set<String> NOT_HERE = Set.of("ttl", "width", "height", "mode", "crop_x1", "crop_y1", "crop_x2",
      "crop_y2");
  private static final Set<String> NOT_TRUE_HERE = Set.of("cm", "readDeleted");
  private static final long MOST_SECONDS = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

  /// Answered 400.
  static final class RefusedException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private String text(String name) {
    return parameters.getOrDefault(name, List.of("")).getFirst();
  }

  /// @throws RefusedException if something is asked for that does not exist here
  void requireKnown() {
    for (String name : parameters.keySet()) {
      if (NOT_HERE.contains(name) && !text(name).isEmpty() || NOT_TRUE_HERE.contains(name) && isTrue(name)) {
        throw new RefusedException(name + " is not implemented");
      }
    }
  }

  private boolean isTrue(String name) {
    return TRUE.contains(text(name));
  }

  /// Whether the upload is to survive a power cut even if the server promises less.
  boolean isSynced() {
    return isTrue("fsync");
  }

  /// Whether a browser is to save the blob rather than to show it.
  boolean isDownload() {
    return isTrue("dl");
  }

  /// When the client says that it was changed last.
  ///
  /// @throws RefusedException if that is no time
  Optional<Instant> modifiedAt() {
    String seconds = text("ts");
    if (seconds.isEmpty()) {
      return Optional.empty();
    }
    try {
      long since1970 = Long.parseLong(seconds);
      if (since1970 >= 0 && since1970 <= MOST_SECONDS) {
        return Optional.of(Instant.ofEpochSecond(since1970));
      }
    } catch (NumberFormatException _) { // said below
    }
    throw new RefusedException("ts must be a number of seconds since 1970, got " + seconds);
  }
}
