package hayloft.master;

import java.util.List;

/// What came of comparing a volume server's report with the registry. Immutable.
///
/// @param adopted volumes that the server has and the registry did not know
/// @param missing volumes that the registry places on the server, not retired, and that it does not report: a disk is
///   not mounted, or lost
/// @param sealed volumes whose seal was carried out or noted now
public record Reconciliation(List<Integer> adopted, List<Integer> missing, List<Integer> sealed) {

  public Reconciliation {
    adopted = List.copyOf(adopted);
    missing = List.copyOf(missing);
    sealed = List.copyOf(sealed);
  }
}
