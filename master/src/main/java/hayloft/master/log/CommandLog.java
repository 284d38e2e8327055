package hayloft.master.log;

import hayloft.common.log.EventLog;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.RestartNeededException;
import hayloft.master.state.Command;
import hayloft.master.state.MasterState;
import hayloft.master.state.Outcome;
import hayloft.master.state.StateJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Keeps the state: each command is durable in a log before it is applied, so what was handed out stays handed out,
/// whatever is killed when. Not thread-safe; guarded by the master's lock.
///
/// `log` holds the commands since `snapshot`; both are lines as [LogRecord] draws them. Opening applies the log to the
/// snapshot. What a crash may leave, and what becomes of it:
///
/// - a torn last record: it was never acknowledged, and is cut off;
/// - a new snapshot beside the old log: records that the snapshot contains are skipped.
///
/// Anything else (a bad record before a good one, a gap) is damage. The log then refuses to open rather than
/// hand out a number twice; without its directory the master starts anew from what the volume servers report.
public final class CommandLog implements AutoCloseable {

  private static final EventLog LOGGER = EventLog.of(CommandLog.class);
  private static final String LOG = "log";
  private static final String SNAPSHOT = "snapshot";

  private final LogFiles files;
  private final LogFiles.Appendable file;
  private final int snapshotEvery;
  private final MasterState state;
  private long lastIndex;
  private long sizeBytes;
  private int recordsInLog;
  private volatile @Nullable IOException failure;
  private final CompletableFuture<Void> startHelps = new CompletableFuture<>();

  private CommandLog(LogFiles files, LogFiles.Appendable file, int snapshotEvery, Recovery recovery) {
    this.files = files;
    this.file = file;
    this.snapshotEvery = snapshotEvery;
    this.state = recovery.state;
    this.lastIndex = recovery.lastIndex;
    this.sizeBytes = recovery.goodBytes;
    this.recordsInLog = recovery.records;
  }

  /// Opens or creates the log in a directory and recovers the state.
  ///
  /// @param snapshotEvery commands after which the log is folded into a snapshot
  /// @throws DamagedLogException if it is damaged in a way that no crash explains
  public static CommandLog open(Path directory, int snapshotEvery) throws IOException {
    return open(new DirectoryLogFiles(directory), snapshotEvery, directory.toString());
  }

  static CommandLog open(LogFiles files, int snapshotEvery, String directory) throws IOException {
    var recovery = new Recovery(directory);
    var file = files.open(LOG); // from here on it is this process's alone
    try {
      Optional<byte[]> snapshot = files.read(SNAPSHOT);
      if (snapshot.isPresent()) {
        recovery.readSnapshot(snapshot.get());
      }
      byte[] records = file.read();
      recovery.readLog(records);
      if (recovery.goodBytes < records.length) {
        file.truncate(recovery.goodBytes);
      }
      // Also when nothing was cut: what was read may have been in the page cache only, and is built upon from now on.
      file.force();
      return new CommandLog(files, file, snapshotEvery, recovery);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// To be read only; changed by [#commit] alone.
  public MasterState state() {
    return state;
  }

  /// Applies a command that is durable on return, as is what it answers.
  ///
  /// @throws DiskFullException if there is no room for it; it was not applied, and may be tried again
  /// @throws RestartNeededException after a failed sync: only a restart can tell what is on disk
  public Outcome commit(Command command) throws IOException {
    requireRunning();
    byte[] line = new LogRecord(lastIndex + 1, StateJson.write(command)).line();
    try {
      file.append(line);
    } catch (IOException e) {
      takeBack(e);
      requireRunning();
      // A disk that cuts and syncs the file right afterwards is well. No figure of free space is asked: none knows of
      // quotas.
      throw new DiskFullException("the master's log could not be written: " + e.getMessage()
          + ". Make room, or see to the disk", e);
    }
    force();
    lastIndex++;
    sizeBytes += line.length;
    recordsInLog++;
    Outcome outcome = state.apply(command);
    if (recordsInLog >= snapshotEvery) {
      foldIntoSnapshot();
    }
    return outcome;
  }

  /// For any thread.
  ///
  /// @throws RestartNeededException once a failed sync has stopped it
  public void requireRunning() throws RestartNeededException {
    IOException stopped = failure;
    if (stopped != null) {
      throw new RestartNeededException(
          "the master's log stopped after a fault and needs a restart: " + stopped.getMessage(), stopped);
    }
  }

  /// Part of a record may be in the file (no space). Nobody was told of it: with it gone the log goes on.
  private void takeBack(IOException cause) {
    try {
      file.truncate(sizeBytes);
      file.force();
    } catch (IOException e) {
      cause.addSuppressed(e);
      stop(cause);
    }
  }

  private void force() throws RestartNeededException {
    try {
      file.force();
    } catch (IOException e) {
      stop(e);
      requireRunning();
    }
  }

  private void foldIntoSnapshot() throws IOException {
    try {
      files.replace(SNAPSHOT, new LogRecord(lastIndex, StateJson.write(state)).line());
    } catch (IOException e) {
      // Perhaps there is no space. Log and old snapshot are as they were, or the new snapshot is there and has what the
      // log has; the next command tries again.
      LOGGER.warning("master.snapshotFailed").say(e);
      return;
    }
    try {
      file.truncate(0);
      file.force();
      sizeBytes = 0;
      recordsInLog = 0;
    } catch (IOException e) {
      stop(e); // the command itself is durable and applied; the next one is refused
    }
  }

  private void stop(IOException cause) {
    failure = cause;
    LOGGER.error("master.stopped").with("action", "a start of the server recovers").say(cause);
    startHelps.complete(null);
  }

  /// Ends when a failed sync has stopped it, which reading the log again gets over once the disk is well.
  public CompletableFuture<Void> startHelps() {
    return startHelps.copy();
  }

  /// True once a failed sync has stopped it. For any thread.
  public boolean isStopped() {
    return failure != null;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /// The state as it is read back. Confined to [#open].
  private static final class Recovery {
    private final String directory;
    private MasterState state = new MasterState();
    private long lastIndex;
    private int goodBytes;
    private int records;

    Recovery(String directory) {
      this.directory = directory;
    }

    void readSnapshot(byte[] bytes) throws DamagedLogException {
      var record = bytes.length == 0 ? Optional.<LogRecord>empty() : LogRecord.read(bytes, 0, bytes.length - 1);
      if (record.isEmpty()) {
        throw damaged(SNAPSHOT, "its checksum does not match");
      }
      try {
        state = StateJson.readState(record.get().json());
        lastIndex = record.get().index();
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw damaged(SNAPSHOT, e.getMessage() + "");
      }
    }

    void readLog(byte[] bytes) throws DamagedLogException {
      int damagedAt = -1;
      int from = 0;
      while (from < bytes.length) {
        int end = lineEnd(bytes, from);
        var record = end < bytes.length ? LogRecord.read(bytes, from, end) : Optional.<LogRecord>empty();
        if (record.isPresent()) {
          if (damagedAt >= 0) {
            throw damaged(LOG, "the record at byte " + damagedAt + " is damaged and good records follow it");
          }
          replay(record.get(), from);
          goodBytes = end + 1;
          records++;
        } else if (damagedAt < 0) {
          damagedAt = from;
        }
        from = end + 1;
      }
    }

    private static int lineEnd(byte[] bytes, int from) {
      int end = from;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      return end;
    }

    private void replay(LogRecord record, int at) throws DamagedLogException {
      if (record.index() <= lastIndex) {
        return; // the snapshot has it
      }
      if (record.index() != lastIndex + 1) {
        throw damaged(LOG, "the record at byte " + at + " has index " + record.index() + " where " + (lastIndex + 1)
            + " belongs");
      }
      try {
        Outcome _ = state.apply(StateJson.readCommand(record.json()));
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw damaged(LOG, "the record at byte " + at + " makes no sense to this version: " + e.getMessage());
      }
      lastIndex = record.index();
    }

    private DamagedLogException damaged(String file, String what) {
      return new DamagedLogException("the master's " + file + " in " + directory + " is damaged: " + what
          + ". Restore the directory from a backup; or move it away while every data directory of the store is "
          + "mounted, and the"
          + " master starts anew from what the volumes report");
    }
  }
}
