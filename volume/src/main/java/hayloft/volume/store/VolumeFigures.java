package hayloft.volume.store;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.volume.compaction.Rounds;
import hayloft.volume.scrub.ScrubFigures;
import hayloft.volume.scrub.Scrubber;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// What a store of volumes tells: its writers, its readers, its scrubbers, its disks, and what lies on them.
/// Thread-safe.
final class VolumeFigures implements FigureSource {

  private static final Figure BATCH_NEEDLES = Figure.histogram("hayloft_volume_batch_needles",
      "Needles that shared a write of group commit; the count is the number of writes, the sum that of needles.");
  private static final Figure BATCH_BYTES = Figure.histogram("hayloft_volume_batch_bytes",
      "Bytes of such a write.");
  private static final Figure SYNC_SECONDS = Figure.histogram("hayloft_volume_sync_seconds",
      "How long an fdatasync of a volume took that writers waited for.");
  private static final Figure APPEND_QUEUE = Figure.gauge("hayloft_volume_append_queue_bytes",
      "Bytes that wait for the writers of the directory's volumes.", "directory");
  private static final Figure READ_QUEUE = Figure.gauge("hayloft_volume_read_queue",
      "Reads that wait for a thread of the directory's pool.", "directory");
  private static final Figure READING = Figure.gauge("hayloft_volume_reads_running",
      "Reads that threads of the directory's pool are busy with.", "directory");
  private static final Figure BUSY = Figure.counter("hayloft_volume_refused",
      "What was refused because a queue was at its bound, by queue: `append` or `read`. Clients see 503 SlowDown.",
      "queue");
  private static final Figure READS = Figure.counter("hayloft_volume_reads",
      "Reads of needles, by where the bytes came from: `memory` (the page cache, without waiting) or `disk` (the "
          + "directory's pool, whatever it found there).",
      "source");
  private static final Figure DAMAGED = Figure.counter("hayloft_volume_damaged_reads",
      "Reads that met damage: a checksum was wrong, or what lay there was no needle. The log names file and offset.");
  private static final Figure SCRUB_DEBT = Figure.gauge("hayloft_scrub_debt_seconds",
      "Age of the byte that has gone unverified for longest; above `--scrub-period` the scrub does not keep up.");
  private static final Figure SCRUBBED = Figure.counter("hayloft_scrub_verified_bytes",
      "Bytes of volumes that scrubs have verified since the start.");
  private static final Figure SCRUB_DAMAGES = Figure.gauge("hayloft_scrub_damaged_needles",
      "Live needles that a scrub found damaged; `hayloft shell -c cluster.status` names the objects.");
  private static final Figure VOLUMES = Figure.gauge("hayloft_volumes",
      "Volumes by state: `writable`; `full`; `no_space` while the disk is below its reserve; `failed` after an error "
          + "of the disk, read-only until a restart; `sealed`.",
      "directory", "state");
  private static final Figure SEALED_FILES = Figure.gauge("hayloft_volume_sealed_files",
      "Sealed volumes by what their files are: `open`, with two descriptors, or `parked` until somebody wants them.",
      "directory", "state");
  private static final Figure REOPENED = Figure.counter("hayloft_volume_reopened",
      "How often the file of a sealed volume was opened again. If it grows as fast as the reads, more volumes are in "
          + "use than may be open: a sixteenth of the limit of descriptors, 1024 at most.");
  private static final Figure BYTES = Figure.gauge("hayloft_volume_bytes",
      "Bytes in volume files: `live`, and `dead`, which compaction gives back.", "directory", "kind");
  private static final Figure NEEDLES = Figure.gauge("hayloft_volume_needles",
      "Needles in volume files: `live`, and `dead` ones that wait for compaction.", "directory", "kind");
  private static final Figure INDEX_BYTES = Figure.gauge("hayloft_volume_index_bytes",
      "Needle indexes as they are mapped; page cache, which the system takes back when it needs to.", "directory");
  private static final Figure COMPACTIONS = Figure.counter("hayloft_volume_compactions",
      "Compactions that ended, by result: `done` or `failed`.", "directory", "result");
  private static final Figure COMPACTING = Figure.gauge("hayloft_volume_compactions_running",
      "Whether a compaction runs: 1 or 0.", "directory");
  private static final Figure POSTPONED = Figure.gauge("hayloft_volume_compactions_postponed",
      "Volumes whose last compaction failed; the next waits longer each time, a day at most. The log says why "
          + "(`compaction.failed`).",
      "directory");
  private static final Figure BACKGROUND = Figure.gauge("hayloft_volume_background_running",
      "Whether the directory's `compactor` and `scrubber` go their rounds: 1, or 0 if the last round failed or the "
          + "thread has ended, which the log tells. One that is switched off is not told.",
      "directory", "thread");
  private static final Figure PACKED = Figure.gauge("hayloft_volume_packed",
      "Sparse sealed volumes that share a file with others (`pack-1`), and how many such files there are, by kind: "
          + "`volumes` or `packs`.",
      "directory", "kind");
  private static final Figure RECLAIMED = Figure.counter("hayloft_volume_compaction_reclaimed_bytes",
      "Bytes that compactions gave back.", "directory");
  private static final Figure DISK_TOTAL = Figure.gauge("hayloft_disk_total_bytes",
      "Size of the file system that the directory lies on.", "directory");
  private static final Figure DISK_FREE = Figure.gauge("hayloft_disk_free_bytes",
      "What is free of it.", "directory");
  private static final Figure DISK_RESERVE = Figure.gauge("hayloft_disk_reserve_bytes",
      "What writes leave alone of it (`--min-free`).", "directory");
  private static final Figure DISK_WRITABLE = Figure.gauge("hayloft_disk_writable",
      "Whether there is room above the reserve for a new volume: 1 or 0.", "directory");
  private static final Figure DISK_FAILURES = Figure.counter("hayloft_disk_failures",
      "Writes and syncs that failed, other than for lack of space.", "directory");

  private static final List<String> STATES = List.of("writable", "full", "no_space", "failed", "sealed");

  private final AppendCounters appends;
  private final ReadCounters reads;
  private final OpenFiles openFiles;
  private final List<VolumeFolder> folders;
  private final Collection<Volume> volumes;
  private final Supplier<List<Compactor>> compactors;
  private final Supplier<List<Scrubber>> scrubbers;
  private final Supplier<List<DiskStatus>> disks;
  private final Supplier<ScrubFigures> scrub;

  VolumeFigures(AppendCounters appends, ReadCounters reads, OpenFiles openFiles, List<VolumeFolder> folders,
      Collection<Volume> volumes,
      Supplier<List<Compactor>> compactors, Supplier<List<Scrubber>> scrubbers, Supplier<List<DiskStatus>> disks,
      Supplier<ScrubFigures> scrub) {
    this.appends = appends;
    this.reads = reads;
    this.openFiles = openFiles;
    this.folders = folders;
    this.volumes = volumes;
    this.compactors = compactors;
    this.scrubbers = scrubbers;
    this.disks = disks;
    this.scrub = scrub;
  }

  @Override
  public void tell(Figures into) {
    into.distribution(BATCH_NEEDLES, appends.batchNeedles());
    into.distribution(BATCH_BYTES, appends.batchBytes());
    into.distribution(SYNC_SECONDS, appends.syncDurations());
    ScrubFigures scrubbed = scrub.get();
    into.number(SCRUB_DEBT, scrubbed.debt().toMillis() / 1e3);
    into.number(SCRUBBED, scrubbed.bytesVerified());
    into.number(SCRUB_DAMAGES, scrubbed.damages().size());
    into.number(READS, reads.fromMemory.sum(), "memory");
    into.number(READS, reads.fromDisk.sum(), "disk");
    into.number(DAMAGED, reads.damaged.sum());
    into.number(REOPENED, openFiles.reopened());
    into.number(BUSY, appends.refusedAsBusy(), "append");
    into.number(BUSY, folders.stream().mapToLong(VolumeFolder::refusedReads).sum(), "read");
    folders.forEach(folder -> tellFolder(folder, into));
    compactors.get().forEach(compactor -> tellCompactor(compactor, into));
    scrubbers.get().forEach(scrubber -> tellRounds(scrubber.rounds(), scrubber.directory(), "scrubber", into));
    for (DiskStatus disk : disks.get()) {
      into.number(DISK_TOTAL, disk.totalBytes(), disk.directory());
      into.number(DISK_FREE, disk.freeBytes(), disk.directory());
      into.number(DISK_RESERVE, disk.reserveBytes(), disk.directory());
      into.number(DISK_WRITABLE, disk.writable() ? 1 : 0, disk.directory());
      into.number(DISK_FAILURES, disk.failures(), disk.directory());
    }
  }

  private void tellFolder(VolumeFolder folder, Figures into) {
    long[] states = new long[STATES.size()];
    long queued = 0;
    long indexed = 0;
    long liveBytes = 0;
    long deadBytes = 0;
    long live = 0;
    long dead = 0;
    long sealed = 0;
    long parked = 0;
    for (Volume volume : volumes) {
      if (volume.folder() == folder) {
        VolumeStatus status = volume.status();
        states[STATES.indexOf(state(status))]++;
        sealed += status.state() == VolumeState.WRITABLE ? 0 : 1;
        parked += status.state() != VolumeState.WRITABLE && volume.generation().isParked() ? 1 : 0;
        queued += volume.queuedBytes();
        indexed += volume.generation().map().mappedBytes();
        liveBytes += status.sizeBytes() - status.deadBytes();
        deadBytes += status.deadBytes();
        live += status.liveNeedles();
        dead += status.deadNeedles();
      }
    }
    String directory = folder.disk().describe();
    for (int i = 0; i < states.length; i++) {
      into.number(VOLUMES, states[i], directory, STATES.get(i));
    }
    into.number(SEALED_FILES, sealed - parked, directory, "open");
    into.number(SEALED_FILES, parked, directory, "parked");
    into.number(APPEND_QUEUE, queued, directory);
    into.number(READ_QUEUE, folder.waitingReads(), directory);
    into.number(READING, folder.runningReads(), directory);
    into.number(INDEX_BYTES, indexed, directory);
    into.number(BYTES, liveBytes, directory, "live");
    into.number(BYTES, deadBytes, directory, "dead");
    into.number(NEEDLES, live, directory, "live");
    into.number(NEEDLES, dead, directory, "dead");
    into.number(PACKED, folder.disk().packedVolumes(), directory, "volumes");
    into.number(PACKED, folder.disk().packs(), directory, "packs");
  }

  private static String state(VolumeStatus status) {
    return status.state() == VolumeState.WRITABLE
        ? status.unwritable().map(reason -> reason.name().toLowerCase(Locale.ROOT)).orElse("writable")
        : "sealed";
  }

  private static void tellCompactor(Compactor compactor, Figures into) {
    String directory = compactor.folder().disk().describe();
    into.number(COMPACTIONS, compactor.done(), directory, "done");
    into.number(COMPACTIONS, compactor.failed(), directory, "failed");
    into.number(COMPACTING, compactor.isRunning() ? 1 : 0, directory);
    into.number(POSTPONED, compactor.postponed(), directory);
    tellRounds(compactor.rounds(), directory, "compactor", into);
    into.number(RECLAIMED, compactor.reclaimedBytes(), directory);
  }

  private static void tellRounds(Rounds rounds, String directory, String thread, Figures into) {
    if (rounds.isStarted()) {
      into.number(BACKGROUND, rounds.isWell() ? 1 : 0, directory, thread);
    }
  }
}
