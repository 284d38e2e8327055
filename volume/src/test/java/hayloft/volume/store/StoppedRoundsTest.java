package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeStatus;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.Pace;
import hayloft.volume.compaction.PackingConfig;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.HookedDisk.Call;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.pack.PackedDisk;
import hayloft.volume.scrub.ScrubConfig;
import hayloft.volume.scrub.Scrubber;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Does what works in the background end soon when the server stops, whatever it is at, and leave everything as it was?
@Timeout(60)
class StoppedRoundsTest {
  private static final CompactionConfig CONFIG = new CompactionConfig(0.3, 0, 1L << 40, Duration.ZERO,
      new PackingConfig(2, 2, 1 << 20, 1 << 20, 0));
  /// Those under way when it is stopped.
  private static final int FEW = 2;

  private final SimulatedDisk below = new SimulatedDisk(new Random(1));
  private final HookedDisk disk = new HookedDisk(below);

  private VolumeFolder folder() throws IOException {
    return new VolumeFolder(PackedDisk.over(disk), "", TestNeedles.CONFIG);
  }

  private static Volume volume(VolumeFolder folder, int id) throws IOException {
    VolumeSpec spec = new VolumeSpec(id, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES);
    return Volume.create(folder, Descriptor.first(spec, TestNeedles.STORE, 5, 6, 0),
        new Volume.Surroundings(TestNeedles.CONFIG, new AppendCounters(), new OpenFiles(20), ByteBufAllocator.DEFAULT,
            () -> 0));
  }

  private static void append(Volume volume, int needles, int bytes) {
    for (long key = 1; key <= needles; key++) {
      volume.append(new NeedleDraft(new FileId(volume.id(), key, 1), NeedleKind.COMMIT, CommitSequence.of(1, key),
          Unpooled.EMPTY_BUFFER, Unpooled.wrappedBuffer(new byte[bytes]), Durability.OS)).join();
    }
  }

  private static void markDead(Volume volume, long first, long last) throws IOException {
    volume.index().markDead(1, LongStream.rangeClosed(first, last).boxed().toList());
  }

  private static Compactor compactor(VolumeFolder folder, List<Volume> volumes) {
    return new Compactor(folder, CONFIG, () -> List.copyOf(volumes), new ClaimedRoom());
  }

  /// What a compaction takes long over.
  private enum Work {
    /// Much that is dead, and little to be copied.
    SCAN,
    READ_BACK,
    /// Places that the disk does not give, asked for sector by sector.
    HOLES,
    /// For what the map lacks, when nothing seems to live.
    SEARCH
  }

  private void prepare(Work work, Volume volume) throws IOException {
    switch (work) {
      case SCAN -> {
        append(volume, 400, 10_000);
        markDead(volume, 1, 399);
      }
      case READ_BACK -> {
        append(volume, 400, 10_000);
        markDead(volume, 1, 1);
      }
      case HOLES -> {
        append(volume, 3, 1_000_000);
        markDead(volume, 3, 3);
        below.makeUnreadable("7.dat", 500_000, 600_000);
      }
      case SEARCH -> {
        append(volume, 400, 10_000);
        markDead(volume, 1, 400);
        disk.delete("7.idx"); // so that it looks into the file
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCompactionEndsAtTheNextPiece(Work work) throws IOException {
    VolumeFolder folder = folder();
    Volume volume = volume(folder, 7);
    prepare(work, volume);
    VolumeStatus before = volume.status();
    Compactor compactor = compactor(folder, List.of(volume));
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger reads = new AtomicInteger();
    disk.hook((call, name) -> {
      boolean begins = switch (work) {
        case SCAN, SEARCH -> call == Call.READ && name.equals("7.dat");
        case READ_BACK -> call == Call.READ && name.equals("7.dat.compact");
        // behind the superblock
        case HOLES -> call == Call.WRITE && name.equals("7.dat.compact") && calls.incrementAndGet() > 1;
      };
      if (begins) {
        compactor.close();
      }
      if (call == Call.READ && name.startsWith("7.dat") && compactor.rounds().isStopped()) {
        reads.incrementAndGet();
      }
    });
    assertThrows(InterruptedIOException.class, () -> compactor.compact(volume));
    disk.hook(HookedDisk.Hook.NONE);
    assertTrue(reads.get() <= FEW, "it has read " + reads + " pieces more");
    assertEquals(List.of(), below.list().stream().filter(name -> name.contains(".compact")).toList());
    assertEquals(List.of(), disk.openFiles().stream().filter(name -> name.contains(".compact")).toList());
    assertEquals(before, volume.status());
    assertTrue(compactor(folder, List.of(volume)).compact(volume), "another time");
    volume.close();
  }

  @ParameterizedTest
  @CsvSource({"RENAME, pack-1.new, 1", "READ, 1.dat, 0"})
  void noOtherPackIsBegun(Call at, String file, int packs) throws IOException {
    VolumeFolder folder = folder();
    List<Volume> volumes = new ArrayList<>();
    for (int id = 1; id <= 8; id++) {
      volumes.add(volume(folder, id));
      append(volumes.getLast(), 2, 1000);
      volumes.getLast().seal();
    }
    Compactor compactor = compactor(folder, volumes);
    disk.hook((call, name) -> {
      if (call == at && name.equals(file)) {
        compactor.close();
      }
    });
    compactor.packNow();
    disk.hook(HookedDisk.Hook.NONE);
    assertEquals(packs, folder.disk().packs());
    compactor(folder, volumes).packNow();
    assertEquals(4, folder.disk().packs(), "another time");
    for (Volume volume : volumes) {
      volume.close();
    }
  }

  @Test
  void aScrubEndsWithinAStretchThatTheDiskDoesNotGive() throws IOException {
    VolumeFolder folder = folder();
    Volume volume = volume(folder, 7);
    append(volume, 400, 10_000);
    below.makeUnreadable("7.dat", 100_000, 3_900_000);
    Pace pace = new Pace(1L << 40);
    AtomicInteger reads = new AtomicInteger();
    disk.hook((call, name) -> {
      if (call == Call.READ && name.equals("7.dat") && reads.incrementAndGet() == 30) {
        pace.stop();
      }
    });
    try (Scrubber scrubber = new Scrubber(disk, new ScrubConfig(Duration.ZERO, 1L << 40), () -> List.of(volume),
        InstantSource.system())) {
      assertThrows(InterruptedIOException.class, () -> scrubber.verify(volume, pace, Scrubber.Watcher.NONE));
    }
    disk.hook(HookedDisk.Hook.NONE);
    assertTrue(reads.get() <= 30 + FEW, reads + " reads");
    volume.close();
  }
}
