package hayloft.volume.store;

import hayloft.volume.pack.PackedDisk;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/// What a process that was killed has left in a folder of volumes, and nobody needs: volumes whose creation came to no end.
///
/// It goes at the start, when every volume of the folder is open and none is being made. Nothing goes of which there is any doubt, and what
/// cannot be looked at or deleted stays until the next start: nothing depends on it.
record Leftovers(PackedDisk disk, UUID storeId) {
  private static final System.Logger LOG = System.getLogger(Leftovers.class.getName());

  void remove() {
    try {
      Set<String> names = new HashSet<>(disk.list());
      removeUnfinishedVolumes(names);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "leftovers-not-removed directory=" + disk.describe() + " reason="
          + e.getMessage() + " action=the-next-start-tries-again");
    }
  }

  private void removeUnfinishedVolumes(Set<String> names) throws IOException {
    Set<Integer> ids = new TreeSet<>();
    names.forEach(name -> ids.add(VolumeFiles.idOfAny(name)));
    ids.removeIf(id -> id == 0 || names.contains(new VolumeFiles(disk, id).descriptor()));
    for (int id : ids) {
      VolumeFiles files = new VolumeFiles(disk, id);
      if (files.isUnfinishedCreation(storeId)) {
        List<String> removed = files.removeUnfinished();
        disk.sync();
        LOG.log(System.Logger.Level.INFO, "volume-half-removed volume=" + id + " directory=" + disk.describe()
            + " files=" + removed + " reason=its-creation-was-cut-short-before-anybody-was-told-of-it");
      }
    }
  }
}
