package hayloft.e2e.damage;

/// A store did what it must never do.
///
/// @see #kind
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String kind;

  /// @param kind what sort of thing it is, in a few words: failures are counted by it
  Violation(String kind, String what) {
    super(kind + ": " + what);
    this.kind = kind;
  }

  Violation(String kind, String what, Throwable cause) {
    super(kind + ": " + what, cause);
    this.kind = kind;
  }

  String kind() {
    return kind;
  }
}
