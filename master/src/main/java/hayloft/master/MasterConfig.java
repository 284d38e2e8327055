package hayloft.master;

import hayloft.master.placement.PlacementConfig;

/// Settings of the master.
///
/// @param snapshotEvery commands after which the log is folded into a snapshot; bounds what a start has to replay
public record MasterConfig(PlacementConfig placement, int snapshotEvery) {

  public static final MasterConfig DEFAULTS = new MasterConfig(PlacementConfig.DEFAULTS, 10_000);

  public MasterConfig {
    if (snapshotEvery < 1) {
      throw new IllegalArgumentException("master.snapshotEvery must be at least 1, got " + snapshotEvery);
    }
  }
}
