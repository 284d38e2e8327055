package hayloft.master;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.volume.VolumeState;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import java.util.Collection;
import java.util.Locale;

/// What a master tells. Stateless.
final class MasterFigures {

  private static final Figure VOLUMES = Figure.gauge("hayloft_master_volumes",
      "Volumes in the master's registry, by what they were opened for and by state.", "purpose", "state");
  private static final Figure NODES = Figure.gauge("hayloft_master_nodes", "Volume servers that are connected.");
  private static final Figure LEASES = Figure.counter("hayloft_master_leases", "Leases handed out since the start.");

  private static final Figure STOPPED = Figure.gauge("hayloft_master_stopped",
      "Whether the master has stopped after a fault of its disk and takes no changes until the server has started "
          + "again, which it does by itself once the disk takes writes: 1 or 0.");

  private MasterFigures() {}

  static void tell(Collection<VolumeEntry> volumes, int nodes, long leases, boolean stopped, Figures into) {
    for (VolumePurpose purpose : VolumePurpose.values()) {
      for (VolumeState state : VolumeState.values()) {
        long count = volumes.stream().filter(volume -> volume.purpose() == purpose && volume.state() == state).count();
        into.number(VOLUMES, count, purpose.name().toLowerCase(Locale.ROOT), state.name().toLowerCase(Locale.ROOT));
      }
    }
    into.number(NODES, nodes);
    into.number(LEASES, leases);
    into.number(STOPPED, stopped ? 1 : 0);
  }
}
