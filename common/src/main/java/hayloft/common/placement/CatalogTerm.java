package hayloft.common.placement;

/// The right to commit to the catalog. Immutable.
///
/// @param epoch above every one that was given before, and above every one that may ever have been used
/// @param predecessor the epoch that was given before it; 0 for the first
public record CatalogTerm(long epoch, long predecessor) {

  public CatalogTerm {
    if (predecessor < 0 || epoch <= predecessor) {
      throw new IllegalArgumentException("no term has epoch " + epoch + " after " + predecessor);
    }
  }
}
