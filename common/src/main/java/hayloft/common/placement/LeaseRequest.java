package hayloft.common.placement;

import java.util.Set;

/// What kind of volume a filer wants to append to.
///
/// @param claim what space the needles may use
/// @param except volumes it holds already, or has just seen fail
/// @param withoutRoom of these, the ones that take needles, but whose disk had no room for one just now
public record LeaseRequest(NeedleStream stream, String collection, ReplicaPlacement placement, String diskType,
    SpaceClaim claim, Set<Integer> except, Set<Integer> withoutRoom) {

  public LeaseRequest {
    except = Set.copyOf(except);
    withoutRoom = Set.copyOf(withoutRoom);
  }

  /// With volumes excepted for whatever other reason.
  public LeaseRequest(NeedleStream stream, String collection, ReplicaPlacement placement, String diskType,
      SpaceClaim claim, Set<Integer> except) {
    this(stream, collection, placement, diskType, claim, except, Set.of());
  }
}
