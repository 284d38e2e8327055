package hayloft.cli.doctor;

import hayloft.cli.ByteSize;
import hayloft.common.directory.DirectoryReport;
import hayloft.common.directory.DiskSpace;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.directory.WrongDirectoryException;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.store.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What there is to say of the data directories of a store, and of the disks below them. Confined to one thread.
final class StoreChecks {

  private static final double SHORT_OF_INODES = 0.05;

  private final List<Path> directories;
  private final OptionalLong minFreeBytes;
  private final boolean writes;
  private final Mounts mounts;
  private final List<Finding> findings = new ArrayList<>();

  /// @param minFreeBytes the server's `--min-free`; empty for what suits the disk
  /// @param writes whether a small file may be written into each directory for a moment
  StoreChecks(List<Path> directories, OptionalLong minFreeBytes, boolean writes, Mounts mounts) {
    this.directories = directories;
    this.minFreeBytes = minFreeBytes;
    this.writes = writes;
    this.mounts = mounts;
  }

  List<Finding> all() throws IOException {
    List<DirectoryReport> reports = new ArrayList<>();
    for (Path directory : directories) {
      Path path = directory.toAbsolutePath().normalize();
      if (!Files.isDirectory(path)) {
        findings.add(Finding.fault(path.toString(), "is not there", "The store does not start without it.",
            "mount its disk; or, if there is no store yet, the first start makes it"));
        continue;
      }
      disk(path);
      try {
        DirectoryReport report = DirectoryReport.of(path);
        reports.add(report);
        directory(report);
      } catch (WrongDirectoryException e) {
        findings.add(Finding.fault(path.toString(), String.valueOf(e.getMessage()), "The store does not start.",
            "restore the file as it says"));
      }
    }
    together(reports);
    return findings;
  }

  private void disk(Path path) throws IOException {
    mounts.of(path.toRealPath()).ifPresentOrElse(
        mount -> findings.add(FileSystemJudge.judge(path + " file system", mount)),
        () -> findings.add(Finding.note(path + " file system", "unknown", "/proc/self/mountinfo does not tell.")));
    DiskSpace disk = DiskSpace.of(path);
    findings.add(space(path + " free space", disk.usableBytes(), disk.totalBytes()));
    Native.inodes(path).filter(inodes -> inodes.all() > 0)
        .ifPresent(inodes -> findings.add(inodes(path + " inodes", inodes)));
    if (writes && Files.isWritable(path)) {
      findings.add(SyncProbe.probe(path + " sync", path));
    }
  }

  Finding space(String about, long freeBytes, long totalBytes) {
    long reserve = minFreeBytes.orElse(Math.min(1_000_000_000L, totalBytes / 20));
    String found = ByteSize.text(freeBytes) + " of " + ByteSize.text(totalBytes);
    if (freeBytes <= reserve) {
      return Finding.fault(about, found, "That is not above the reserve of " + ByteSize.text(reserve)
          + ": the disk takes no data; deletes go on.", "delete objects, or make the file system larger");
    }
    return freeBytes < totalBytes / 10
        ? Finding.warning(about, found, "Compaction needs room for its copies.", "make room before it is full")
        : Finding.good(about, found);
  }

  static Finding inodes(String about, Native.Inodes inodes) {
    String found = String.format(Locale.ROOT, "%,d of %,d free", inodes.free(), inodes.all());
    return inodes.free() < SHORT_OF_INODES * inodes.all()
        ? Finding.warning(about, found, "Hayloft needs few, five for each volume, but none at all stops it.",
            "find what else fills the disk with small files: df -i")
        : Finding.good(about, found);
  }

  private void directory(DirectoryReport report) throws IOException {
    Path path = report.path();
    if (report.storeId().isEmpty()) {
      findings.add(Finding.note(path.toString(), "has no store", "A server that is started on it makes one."));
      return;
    }
    findings.add(Finding.good(path.toString(), "store " + report.storeId().get() + ", directory "
        + report.directoryId().map(UUID::toString).orElse("?") + ", " + switch (report.use()) {
          case IN_USE -> "in use by a server";
          case FREE -> "not in use";
          case UNKNOWN -> "the lock cannot be looked at by this user";
        }));
    ownerOnly(path.resolve("store.key"));
    ownerOnly(path.resolve("credentials.json"));
    volumes(report);
    catalog(report);
  }

  private void ownerOnly(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    Set<PosixFilePermission> permissions = OwnerOnly.beyondOwner(file);
    if (!permissions.isEmpty()) {
      findings.add(Finding.fault(file.toString(), "can be used by others than its owner: " + permissions,
          "It is a secret; a server refuses to start with such a key.", "chmod 600 " + file));
    }
  }

  private void volumes(DirectoryReport report) throws IOException {
    Path folder = report.path().resolve("volumes");
    if (!Files.isDirectory(folder)) {
      return;
    }
    int count = 0;
    int clean = 0;
    long bytes = 0;
    for (Path file : VolumeFile.in(folder)) {
      count++;
      clean += volume(file, report.storeId());
      bytes += sizeBytes(file);
    }
    missing(folder);
    String about = report.path() + " volumes";
    String found = count + " volumes, " + ByteSize.text(bytes);
    if (report.use() == DirectoryReport.Use.IN_USE) {
      findings.add(Finding.good(about, found));
    } else if (clean == count) {
      findings.add(Finding.good(about, found + ", all closed by a clean stop"));
    } else {
      findings.add(Finding.note(about, found + ", " + (count - clean) + " not closed by a clean stop",
          "The last server was killed, or the power failed. The next start recovers by itself; it takes a little "
              + "longer."));
    }
  }

  private static long sizeBytes(Path file) {
    try {
      return VolumeFile.sizeBytes(file);
    } catch (IOException _) {
      return 0; // what is wrong with it was told before
    }
  }

  /// Returns 1 if the volume was closed cleanly.
  private int volume(Path file, Optional<UUID> storeId) {
    try (VolumeFile volume = VolumeFile.open(file)) {
      volume.superblockFault()
          .ifPresent(fault -> findings.add(Finding.warning(file.toString(), fault,
              "The next start makes it again from the descriptor; a disk that changes bytes is going bad.",
              "hayloft volume verify " + file + ", and look at the disk (smartctl -a)")));
      Optional<Descriptor> descriptor = volume.descriptor();
      if (descriptor.isEmpty()) {
        findings.add(Finding.fault(file.toString(), "its descriptor is missing", "The store does not start.",
            "put " + volume.superblock().volume() + Descriptor.SUFFIX
                + " back; or move the volume's files away, start, and"
                + " give it up: volume.drop"));
        return 0;
      }
      if (!descriptor.get().storeId().equals(storeId.orElse(null))) {
        findings.add(Finding.fault(file.toString(), "belongs to store " + descriptor.get().storeId(),
            "The store does not start.", "move the volume's files to where they belong"));
      }
      if (descriptor.get().legacyMarks() && !volume.dead().isThere()) {
        findings.add(Finding.fault(file.toString(), "its dead marks are missing",
            "Without them deleted objects would come back, so the store does not start.",
            "put " + volume.superblock().volume()
                + ".dead back; or move the volume's files away, start, and give it up:"
                + " volume.drop"));
      }
      if (descriptor.get().cutBytes() >= 0) {
        findings.add(Finding.warning(file.toString(), "is read-only since a write to it failed",
            "What was acknowledged is there, but the disk under it is not to be trusted.",
            "look at the kernel's log and the disk (smartctl -a); copy the data away"));
      }
      return volume.closedCleanly() ? 1 : 0;
    } catch (IOException e) {
      findings.add(Finding.fault(file.toString(), String.valueOf(e.getMessage()), "The volume cannot be opened.",
          "hayloft volume inspect " + file));
      return 0;
    }
  }

  private void missing(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path file : entries.filter(path -> path.getFileName().toString().matches("[1-9][0-9]*\\.json")).toList()) {
        Path data = file.resolveSibling(file.getFileName().toString().replace(Descriptor.SUFFIX, VolumeFile.SUFFIX));
        if (!Files.exists(data)) {
          findings
              .add(Finding.fault(data.toString(), "is missing", "The store does not start, and its needles are gone.",
                  "put the file back; or move the volume's other files away, start, and give it up: volume.drop"));
        }
      }
    }
  }

  private void catalog(DirectoryReport report) throws IOException {
    Path catalog = report.path().resolve("catalog");
    if (!Files.isDirectory(catalog)) {
      return;
    }
    long bytes = 0;
    try (Stream<Path> files = Files.list(catalog)) {
      for (Path file : files.toList()) {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
      }
    }
    findings.add(Files.exists(catalog.resolve("DISTRUSTED"))
        ? Finding.warning(catalog.toString(), ByteSize.text(bytes) + ", marked as not to be trusted",
            "A volume failed with needles that were acknowledged before they were synced.",
            "restart the server: it rebuilds the catalog from the volumes")
        : Finding.good(catalog.toString(), ByteSize.text(bytes)));
  }

  private void together(List<DirectoryReport> reports) {
    Set<UUID> present = new HashSet<>();
    Set<UUID> stores = new HashSet<>();
    reports.forEach(report -> {
      report.directoryId().ifPresent(present::add);
      report.storeId().ifPresent(stores::add);
    });
    if (stores.size() > 1) {
      findings.add(Finding.fault("directories", "belong to different stores: " + stores, "The store does not start.",
          "name the directories of one store"));
    }
    Set<UUID> givenUp = reports.stream().flatMap(report -> report.givenUp().keySet().stream())
        .collect(Collectors.toSet());
    reports.stream().filter(report -> report.directoryId().filter(givenUp::contains).isPresent())
        .forEach(report -> findings.add(Finding.fault(report.path().toString(), "was given up and left the store",
            "The store does not start with it.", "start without it; emptied, it can join as a new directory")));
    reports.stream().flatMap(report -> report.known().entrySet().stream())
        .filter(known -> !present.contains(known.getKey()) && !givenUp.contains(known.getKey())).distinct()
        .forEach(known -> findings.add(Finding.fault("directories",
            known.getKey() + ", last seen at " + known.getValue() + ", was not named",
            "The store does not start without it, and what lies there is not checked.",
            "name it with --dir too; if its disk is lost, hayloft directory giveup")));
  }
}
