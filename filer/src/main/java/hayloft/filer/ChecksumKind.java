package hayloft.filer;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Of which algorithm a checksum is, and over what: all that listings show of it. There is one instance of each kind,
/// so that rows which name it keep nothing more. Immutable.
///
/// @param composite true for a checksum of part checksums, false for one over the whole object
public record ChecksumKind(ChecksumAlgorithm algorithm, boolean composite) {

  private static final Map<ChecksumAlgorithm, Optional<ChecksumKind>> WHOLE = kinds(false);
  private static final Map<ChecksumAlgorithm, Optional<ChecksumKind>> COMPOSITE = kinds(true);

  private static Map<ChecksumAlgorithm, Optional<ChecksumKind>> kinds(boolean composite) {
    Map<ChecksumAlgorithm, Optional<ChecksumKind>> kinds = new EnumMap<>(ChecksumAlgorithm.class);
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      kinds.put(algorithm, Optional.of(new ChecksumKind(algorithm, composite)));
    }
    return kinds;
  }

  /// Never empty.
  public static Optional<ChecksumKind> of(ChecksumAlgorithm algorithm, boolean composite) {
    return Objects.requireNonNull((composite ? COMPOSITE : WHOLE).get(algorithm));
  }

  /// Empty if there is no checksum.
  public static Optional<ChecksumKind> of(Optional<ObjectChecksum> checksum) {
    return checksum.isEmpty() ? Optional.empty() : of(checksum.get().algorithm(), checksum.get().composite());
  }
}
