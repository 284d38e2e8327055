package hayloft.volume.store;

import hayloft.common.log.EventLog;
import hayloft.volume.pack.PackedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a process that was killed has left in a folder of volumes, and nobody needs: volumes whose creation came to no
/// end, files that were to replace another, and files of packed volumes beside their pack. (Caches on their way,
/// `*.next` and `*.compact`, go when their volume is opened.)
///
/// It goes at the start, when every volume of the folder is open and none is being made. Nothing goes of which there is
/// any doubt, and what cannot be looked at or deleted stays until the next start: nothing depends on it.
record Leftovers(PackedDisk disk, UUID storeId) {
  private static final EventLog LOG = EventLog.of(Leftovers.class);
  /// What is renamed once it is whole. Until then what it is to replace counts, or, of a pack, the volumes' own files.
  private static final Pattern WRITTEN_FIRST = Pattern
      .compile("(fence|scrub\\.json|pack-[1-9][0-9]{0,8}(\\.gone)?)\\.new");
  private static final Pattern DESCRIPTOR_WRITTEN_FIRST = Pattern.compile("([1-9][0-9]*\\.json)\\.(new|leaving)");

  void remove() {
    try {
      Set<String> names = new HashSet<>(disk.list());
      removeUnfinishedVolumes(names);
      removeHalvesOfFiles(names);
    } catch (IOException e) {
      LOG.warning("leftovers.notRemoved").with("directory", disk.describe()).with("reason", e)
          .with("action", "the-next-start-tries-again").say();
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
        LOG.info("volume.halfRemoved").with("volume", id).with("directory", disk.describe()).with("files", removed)
            .with("reason", "its-creation-was-cut-short-before-anybody-was-told-of-it").say();
      }
    }
  }

  private void removeHalvesOfFiles(Set<String> names) throws IOException {
    List<String> removed = new ArrayList<>(disk.removeCopies());
    for (String name : names) {
      if (isWrittenFirst(name, names)) {
        disk.delete(name);
        removed.add(name);
      }
    }
    if (!removed.isEmpty()) {
      LOG.info("leftovers.removed").with("directory", disk.describe()).with("files", removed).say();
    }
  }

  /// A descriptor that is on its way says what a volume is to be, if there is no other.
  private static boolean isWrittenFirst(String name, Set<String> names) {
    Matcher descriptor = DESCRIPTOR_WRITTEN_FIRST.matcher(name);
    return descriptor.matches() ? names.contains(descriptor.group(1)) : WRITTEN_FIRST.matcher(name).matches();
  }
}
