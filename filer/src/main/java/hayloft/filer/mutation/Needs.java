package hayloft.filer.mutation;

/// What a program must know to serve or delete a version, a bit each. A version with a bit that this program does not
/// know answers an error, and nothing of it is collected: it is of a newer program. Stateless.
public final class Needs {

  public static final long NOTHING = 0;
  /// The bits that this program knows. Reserved for others to come: 1 encryption, 2 lock, 4 borrowed bytes, 8 pieces of
  /// version 2.
  private static final long KNOWN = 0;

  private Needs() {}

  /// Whether this program knows all that a version needs.
  public static boolean areMet(long needs) {
    return (needs & ~KNOWN) == 0;
  }
}
