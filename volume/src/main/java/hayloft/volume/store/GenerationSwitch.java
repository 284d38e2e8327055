package hayloft.volume.store;

import hayloft.common.CrashPoints;
import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumeState;
import hayloft.volume.compaction.GenerationCopy;
import hayloft.volume.compaction.Pace;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.Toll;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.RunningChecksum;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Puts the next generation of one volume in place: a copy of what no mark names, or, if nothing lives, an empty one in
/// the same file. Confined to the thread of the compaction, but for the switch, which is on the writer's thread if
/// there is one.
///
/// The descriptor says first which generation comes, so that a superblock that has to be made again never repeats one,
/// and last what the new superblock says. **Once the new file has its name there is no way back**: whatever goes wrong
/// from then on, the volume takes no needle and no compaction until a restart, which finds the new generation.
final class GenerationSwitch {
  /// What may be left for the writer's thread to copy at the end.
  private static final long LAST_ROUND_BYTES = 1 << 20;
  private static final int MAX_ROUNDS = 8;
  private static final EventLog LOG = EventLog.of(GenerationSwitch.class);

  private final Volume volume;
  private final VolumeFiles files;
  private final Disk disk;
  private final Generation from;

  /// @param from the caller holds a lease, and the volume's lock for compaction
  GenerationSwitch(Volume volume, Generation from) {
    this.volume = volume;
    this.files = volume.files();
    this.disk = files.disk();
    this.from = from;
  }

  /// @param pace of the first round; whoever stops it ends every round
  /// @return false if there was nothing to be done: a sealed volume in which nothing lives is retired as a whole
  /// @throws IOException if it came to no end: the volume is as it was, or, if the new file has its name already, takes
  ///   nothing any more
  boolean run(Pace pace, boolean keepsUnreadable) throws IOException {
    Toll atOnce = _ -> pace.requireGoing();
    if (from.map().liveNeedles() == 0) {
      volume.index().searchAll(from, atOnce); // what the map lacks must not go with the file
      if (from.map().liveNeedles() == 0 && volume.state() == VolumeState.SEALED) {
        return false;
      }
    }
    if (from.map().liveNeedles() > 0 || !empty()) {
      copy(pace::spend, atOnce, keepsUnreadable);
    }
    return true;
  }

  private void announce() throws IOException {
    int next = from.number() + 1;
    if (volume.descriptor().generation() < next) {
      volume.describe(present -> present.withGeneration(next));
    }
  }

  /// The descriptor learns what the superblock says. If it cannot be written it does at the next start.
  private void describe(Superblock superblock) {
    try {
      volume.describe(present -> Volume.withSuperblock(present, superblock));
    } catch (IOException e) {
      LOG.warning("volume.descriptorNotSettled").with("volume", volume.id()).say(e);
    }
  }

  /// The last step of a switch.
  @FunctionalInterface
  private interface Step {
    void run(@Nullable VolumeAppender writer) throws IOException;
  }

  /// On the writer's thread, if there is one, and while nobody seals or closes the volume.
  private void between(Step step) throws IOException {
    volume.life.lock();
    try {
      if (volume.isClosed()) {
        throw new IOException("volume " + volume.id() + " is closed");
      }
      VolumeAppender writer = volume.appender();
      if (writer == null) {
        step.run(null);
      } else {
        writer.call(() -> {
          if (!writer.isRunning()) {
            throw new IOException("volume " + volume.id() + " failed while it was compacted");
          }
          step.run(writer);
        });
      }
    } finally {
      volume.life.unlock();
    }
  }

  private void copy(Toll first, Toll atOnce, boolean keepsUnreadable) throws IOException {
    CrashPoints.pass("volume.compact.begin");
    announce();
    DeadLog.Position marks = volume.index().markedUpTo();
    MarkedKeys marked = new MarkedKeys(volume.index());
    GenerationCopy.Source source = new GenerationCopy.Source(from.superblock(), from.file(), files.dataPath(),
        from.map(), new GenerationCopy.Source.Truth() {
          @Override
          public boolean isMarked(long key) throws IOException {
            return marked.contains(key);
          }

          @Override
          public void heal(IndexLog.Entry needle, String how) throws IOException {
            volume.index().heal(from, needle, how);
          }
        }, marks.completeSequence(), keepsUnreadable);
    try (GenerationCopy copy = GenerationCopy.begin(disk, files.names(), source)) {
      copy.copyTo(from.endBytes(), first);
      copy.sync();
      for (int round = 1; round < MAX_ROUNDS && from.endBytes() - copy.copiedToBytes() > LAST_ROUND_BYTES; round++) {
        copy.copyTo(from.endBytes(), atOnce);
        copy.sync();
      }
      CrashPoints.pass("volume.compact.copied");
      between(writer -> switchTo(copy, marks, atOnce, writer));
    }
  }

  private void switchTo(GenerationCopy copy, DeadLog.Position marks, Toll atOnce, @Nullable VolumeAppender writer)
      throws IOException {
    Generation next;
    volume.index().lock();
    try {
      copy.copyTo(from.endBytes(), atOnce);
      volume.index().deadLog().visitFrom(marks, new DeadLog.Visitor() {
        @Override
        public void mark(long key) throws IOException {
          copy.remove(key);
        }

        @Override
        public void damage(long offset, long lengthBytes) throws IOException {
          throw new IOException(
              "dead marks of volume " + volume.id() + " are damaged at " + offset + "; a restart makes them again");
        }
      });
      boolean sealed = volume.descriptor().state() == VolumeState.SEALED;
      from.stayOpen(); // readers may go on with it, and its name is about to be the next generation's
      GenerationCopy.Installed installed = copy.install(sealed, from.highestSequence(), from.highestKey());
      next = new Generation(installed.superblock(), installed.file(), new NeedleReader(installed.file(),
          files.dataPath(), installed.superblock(), volume.allocator()), installed.map(), installed.log(),
          installed.end());
      copy.wasTaken();
      next.wasSearched(copy.hasNameless() ? Generation.Searched.WITH_DOUBTS : Generation.Searched.COMPLETELY);
      volume.install(next);
      dropOldMarks(marks, next.map());
      if (writer != null) {
        writer.generationSwitched();
      }
    } catch (Throwable e) {
      if (copy.isInstalled()) {
        giveUp(writer, e);
      } else {
        volume.letRest(from);
      }
      throw e;
    } finally {
      volume.index().unlock();
      releaseIfReplaced();
    }
    describe(next.superblock());
    LOG.info("volume.compacted").with("volume", volume.id()).with("generation", next.number())
        .with("bytesBefore", from.endBytes()).with("bytesAfter", next.endBytes()).say();
    CrashPoints.pass("volume.compact.done");
  }

  /// Also if something fails behind the switch: the volume has the next generation all the same.
  private void releaseIfReplaced() {
    if (volume.generation() != from) {
      from.release();
    }
  }

  private void giveUp(@Nullable VolumeAppender writer, Throwable cause) {
    volume.becomeUnsound();
    if (writer != null) {
      writer.giveUp(cause);
    } else {
      LOG.error("volume.failed").with("volume", volume.id()).with("action", "nothing-is-changed-in-it-until-a-restart")
          .say(cause);
    }
  }

  /// The marks of needles that are in no file any more. If they have to stay, the map knows them, so that no needle of
  /// such a key is taken that the next start would find dead.
  private void dropOldMarks(DeadLog.Position marks, NeedleMap map) throws IOException {
    CrashPoints.pass("volume.compact.beforeDeadLog");
    if (volume.index().deadLog().legacy() == null) {
      try {
        volume.index().deadLog().dropBefore(marks);
        return;
      } catch (IOException e) {
        LOG.warning("deadMarks.notDropped").with("volume", volume.id()).say(e);
      }
    }
    volume.index().visitMarks(map::remove);
  }

  /// Makes the volume an empty generation in its own file.
  ///
  /// @return false if a needle came meanwhile
  private boolean empty() throws IOException {
    boolean[] done = new boolean[1];
    between(writer -> done[0] = switchToEmpty(writer));
    return done[0];
  }

  private boolean switchToEmpty(@Nullable VolumeAppender writer) throws IOException {
    Generation next;
    boolean[] begun = new boolean[1];
    volume.index().lock();
    try {
      if (from.map().liveNeedles() > 0 || volume.state() == VolumeState.SEALED) {
        return false;
      }
      CrashPoints.pass("volume.compact.begin");
      try {
        announce();
      } catch (IOException e) {
        // On a full disk there is no room for it, and this is what makes some.
        LOG.debug("generation.notAnnounced").with("volume", volume.id()).say(e);
      }
      DeadLog.Position marks = volume.index().deadLog().position();
      next = emptied(marks, begun);
      volume.install(next);
      dropOldMarks(marks, next.map());
      if (writer != null) {
        writer.generationSwitched();
      }
    } catch (Throwable e) {
      if (begun[0]) {
        giveUp(writer, e);
      }
      throw e;
    } finally {
      volume.index().unlock();
      releaseIfReplaced();
    }
    describe(next.superblock());
    LOG.info("volume.emptied").with("volume", volume.id()).with("generation", next.number())
        .with("bytesBefore", from.endBytes()).say();
    CrashPoints.pass("volume.compact.done");
    return true;
  }

  /// A superblock of the next generation goes first: after a crash behind it the file has needles all of which are
  /// marked dead. Then the file is cut, which gives the space for what follows. Only then does the superblock say that
  /// the needles are gone (until then the catalog tells their marks again if the dead log is lost) and is it one of
  /// this version: its needles begin elsewhere.
  private Generation emptied(DeadLog.Position marks, boolean[] begun) throws IOException {
    Superblock old = from.superblock();
    int number = old.generation() + 1;
    Superblock cut = old.version() == Superblock.VERSION
        ? old.withNextGeneration(number, 0, old.marksApplied(), from.highestSequence(), from.highestKey())
        : Superblock.ofLevelOne(old.volume(), number, old.storeId(), old.salt(), old.createdMillis(), 0);
    Superblock gone = old.withNextGeneration(number, Superblock.MOST_BYTES, marks.completeSequence(),
        from.highestSequence(), from.highestKey());
    long end = gone.firstNeedle();
    DiskFile file = disk.open(files.data()); // its own, since readers of the old generation close theirs
    IndexLog log = null;
    NeedleMap map = null;
    try {
      begun[0] = true;
      file.write(new ByteBuffer[]{cut.encode()}, 0);
      file.force();
      CrashPoints.pass("volume.compact.beforeTruncate");
      file.truncate(cut.firstNeedle());
      file.force();
      announce(); // now there is room for it, if there was none before
      file.write(new ByteBuffer[]{gone.encode()}, 0);
      file.force();
      GenerationCopy.removeLeftovers(disk, files.names());
      log = IndexLog.create(disk, files.log() + GenerationCopy.SUFFIX, gone);
      map = NeedleMap.create(disk, files.map() + GenerationCopy.SUFFIX, gone, 0);
      disk.rename(files.log() + GenerationCopy.SUFFIX, files.log());
      map.moveTo(files.map());
      IndexLog.Checkpoint last = new IndexLog.Checkpoint(end, from.highestSequence(),
          RunningChecksum.begin(gone.salt()));
      log.checkpoint(end, last.highestSequence(), last.running());
      return new Generation(gone, file, new NeedleReader(file, files.dataPath(), gone, volume.allocator()), map, log,
          last);
    } catch (Throwable e) {
      if (map != null) {
        map.free();
      }
      try (DiskFile opened = file; IndexLog openedLog = log) {
        // both are closed, whatever becomes of the other
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }
}
