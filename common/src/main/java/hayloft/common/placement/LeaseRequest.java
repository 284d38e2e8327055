package hayloft.common.placement;

import java.util.Set;

/// What kind of volume a filer wants to append to.
///
/// @param claim what space the needles may use
/// @param except volumes it holds already, or has just seen fail
public record LeaseRequest(NeedleStream stream, String collection, ReplicaPlacement placement, String diskType,
    SpaceClaim claim, Set<Integer> except) {

  public LeaseRequest {
    except = Set.copyOf(except);
  }
}
