package hayloft.cli.doctor;

import java.util.List;
import java.util.Set;

/// What a file system means for a store. Stateless.
final class FileSystemJudge {

  private static final Set<String> GOOD = Set.of("ext4", "xfs");
  private static final Set<String> COPY_ON_WRITE = Set.of("btrfs", "zfs", "bcachefs");
  private static final Set<String> REMOTE = Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs",
      "virtiofs");
  private static final Set<String> FLEETING = Set.of("tmpfs", "ramfs");

  private FileSystemJudge() {}

  static Finding judge(String about, Mounts.Mount mount) {
    List<String> options = mount.options();
    String found = mount.type() + " on " + mount.point() + " (" + String.join(",", options) + ")";
    if (options.contains("ro")) {
      return Finding.fault(about, found, "Nothing can be written.", "mount -o remount,rw " + mount.point()
          + ", after looking into the kernel's log for why it became read-only");
    }
    if (FLEETING.contains(mount.type())) {
      return Finding.fault(about, found, "It lies in memory: a restart of the machine loses everything.",
          "put the data directory on a disk");
    }
    if (mount.type().equals("overlay")) {
      return Finding.fault(about, found, "It is the inside of a container, which goes with the container.",
          "mount a volume there");
    }
    if (options.contains("nobarrier") || options.contains("barrier=0")) {
      return Finding.fault(about, found,
          "Without barriers a sync does not reach the disk: a power cut loses what was acknowledged.",
          "mount it without " + (options.contains("nobarrier") ? "nobarrier" : "barrier=0"));
    }
    if (REMOTE.contains(mount.type()) || mount.type().startsWith("fuse")) {
      return Finding.warning(about, found,
          "Locks, syncs and speed depend on another machine or program; nobody has tested them here.",
          "use a local file system: ext4 or xfs");
    }
    if (options.contains("sync")) {
      return Finding.warning(about, found, "Every write waits for the disk, not only those that must.",
          "mount it without sync");
    }
    if (COPY_ON_WRITE.contains(mount.type())) {
      return Finding.note(about, found,
          "It copies on write: safe, and slower at small synced writes than ext4 or xfs; with ZFS a log device helps.");
    }
    return GOOD.contains(mount.type())
        ? Finding.good(about, found)
        : Finding.note(about, found, "Hayloft was not tested on it; ext4 and xfs are.");
  }
}
