package hayloft.master;

import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.VolumeState;
import hayloft.master.state.Command;
import hayloft.master.state.MasterState;
import hayloft.master.state.VolumeEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the master has decided, as of one moment: whoever asks for it waits for nobody. Immutable.
///
/// @param volumes the registry, by id
/// @param changes rises with each change of the registry
record MasterView(Map<Integer, VolumeEntry> volumes, List<NodeAddress> nodes, int highestVolumeId, long epoch,
    long changes) {

  static MasterView of(MasterState state) {
    return of(state, 0);
  }

  private static MasterView of(MasterState state, long changes) {
    Map<Integer, VolumeEntry> volumes = new TreeMap<>();
    state.volumes().forEach(volume -> volumes.put(volume.id(), volume));
    return new MasterView(Collections.unmodifiableMap(volumes), List.copyOf(state.nodes()), state.highestVolumeId(),
        state.epoch(), changes);
  }

  /// After a command. Those that come often leave the registry as it is.
  MasterView after(Command command, MasterState state) {
    return command instanceof Command.ReserveKeys || command instanceof Command.ReserveVolumeId
        || command instanceof Command.TakeEpoch
            ? new MasterView(volumes, nodes, state.highestVolumeId(), state.epoch(), changes)
            : of(state, changes + 1);
  }

  Optional<VolumeEntry> volume(int id) {
    return Optional.ofNullable(volumes.get(id));
  }

  Optional<VolumeEntry> writable(int id) {
    return volume(id).filter(volume -> volume.state() == VolumeState.WRITABLE);
  }

  List<VolumeEntry> all() {
    return new ArrayList<>(volumes.values());
  }
}
