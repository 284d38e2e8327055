package hayloft.master.placement;

/// What to do about a demand.
public sealed interface Decision {

  /// Lease this volume.
  record Use(int volume) implements Decision {}

  /// Give this unassigned volume the demand's purpose, then lease it.
  record Adopt(int volume) implements Decision {}

  /// Create a volume in this directory of this node, then lease it.
  record Grow(String node, String directory) implements Decision {}

  /// A volume that is being created will do: decide again when it is there, or takes too long.
  record Await() implements Decision {}

  /// Nothing fits.
  record NoRoom(String why) implements Decision {}
}
