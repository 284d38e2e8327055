package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.disk.Disk;
import hayloft.volume.pack.PackedDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.HookedDisk.Call;
import hayloft.volume.disk.SimulatedDisk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Does the writer of a volume answer everybody, and truly, whatever happens on its thread and beside it?
@Timeout(60)
class VolumeAppenderTest {

  private static Volume create(VolumeFolder folder, LongSupplier fence) throws IOException {
    return Volume.create(folder,
        Descriptor.first(TestNeedles.SPEC, TestNeedles.STORE, 5, 6, 0),
        new Volume.Surroundings(TestNeedles.CONFIG, new AppendCounters(), new OpenFiles(2), ByteBufAllocator.DEFAULT,
            fence));
  }

  private static VolumeFolder folder(Disk disk) throws IOException {
    return new VolumeFolder(PackedDisk.over(disk), "", TestNeedles.CONFIG);
  }

  private static NeedleDraft draft(long key, ByteBuf data) {
    return new NeedleDraft(TestNeedles.id(key), NeedleKind.COMMIT, CommitSequence.of(1, key), Unpooled.EMPTY_BUFFER,
        data, Durability.FSYNC);
  }

  private static Reason refusal(CompletableFuture<Void> append) {
    Throwable refusal = assertThrows(CompletionException.class, append::join).getCause();
    return assertInstanceOf(VolumeUnwritableException.class, refusal).reason();
  }

  /// Holds the writer in a sync until it is let go, so that what is appended meanwhile becomes one batch.
  private static final class HeldSync implements HookedDisk.Hook {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    @Override
    public void before(Call call, String name) throws IOException {
      if (call == Call.FORCE && name.equals("7.dat")) {
        reached.countDown();
        await(letGo);
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void aBugWhileOneNeedleIsJudgedLeavesNobodyWaiting(int judged) throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    VolumeFolder folder = folder(disk);
    AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    Volume volume = create(folder, () -> {
      if (left.decrementAndGet() == 0) {
        throw new IllegalStateException("a bug");
      }
      return 0;
    });
    HeldSync held = new HeldSync();
    disk.hook(held);
    CompletableFuture<Void> first = volume.append(TestNeedles.draft(1, new byte[100], Durability.FSYNC));
    await(held.reached);
    left.set(judged);
    List<ByteBuf> buffers = new ArrayList<>();
    List<CompletableFuture<Void>> appends = new ArrayList<>();
    for (int key = 2; key <= 6; key++) {
      buffers.add(ByteBufAllocator.DEFAULT.directBuffer().writeZero(1000));
      appends.add(volume.append(draft(key, buffers.getLast())));
    }
    held.letGo.countDown();
    first.join();
    for (CompletableFuture<Void> append : appends) {
      assertEquals(Reason.FAILED, refusal(append));
    }
    buffers.forEach(buffer -> assertEquals(0, buffer.refCnt()));
    volume.drain();
    assertEquals(0, folder.underWayBytes());
    assertEquals(0, volume.queuedBytes());
    assertTrue(volume.holds(1));
    assertFalse(volume.holds(2));
    volume.close();
  }

  @Test
  void anErrorInAWriteRefusesTheBatchAndLeavesNothingOfIt() throws IOException {
    SimulatedDisk below = new SimulatedDisk(new Random(1));
    HookedDisk disk = new HookedDisk(below);
    VolumeFolder folder = folder(disk);
    Volume volume = create(folder, () -> 0);
    volume.append(TestNeedles.draft(1, new byte[100], Durability.FSYNC)).join();
    long end = volume.end().offsetBytes();
    disk.hook((call, name) -> {
      if (call == Call.FORCE && name.equals("7.dat")) {
        throw new OutOfMemoryError("Cannot reserve direct memory");
      }
    });
    assertEquals(Reason.FAILED, refusal(volume.append(TestNeedles.draft(2, new byte[100], Durability.FSYNC))));
    disk.hook(HookedDisk.Hook.NONE);
    assertEquals(Reason.FAILED, refusal(volume.append(TestNeedles.draft(3, new byte[100], Durability.FSYNC))));
    assertEquals(end, below.open("7.dat").sizeBytes());
    assertEquals(0, folder.underWayBytes());
    volume.close();
    try (VolumeStore store = TestNeedles.open(below)) {
      assertEquals(List.of(1L), TestNeedles.scan(store));
    }
  }

  @Test
  void aWriterThatEndsWithAnErrorLeavesTheVolumeClosable() throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    Volume volume = create(folder(disk), () -> 0);
    volume.append(TestNeedles.draft(1, new byte[100], Durability.OS)).join();
    AtomicBoolean once = new AtomicBoolean(true);
    disk.hook((call, name) -> {
      if (call == Call.FORCE && name.equals("7.dat") && once.getAndSet(false)) {
        throw new StackOverflowError("simulated");
      }
    });
    assertThrows(StackOverflowError.class, volume::seal);
    volume.seal();
    volume.close();
  }

  /// Who waits for a sync wakes up late where many do, and by then newer needles are written.
  @Test
  void aNewerWriteIsNoFailureOfASync() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (VolumeStore store = TestNeedles.openWithVolume(new SimulatedDisk(new Random(1)));
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> writer = threads.submit(() -> {
        List<CompletableFuture<Void>> under = new ArrayList<>();
        for (long key = 1; !stop.get(); key++) {
          under.add(store.append(TestNeedles.draft(key, new byte[1], Durability.OS)));
          if (under.size() == 64) {
            under.removeFirst().join();
          }
        }
        under.forEach(CompletableFuture::join);
      });
      try {
        List<Future<?>> syncing = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          syncing.add(threads.submit(() -> {
            for (int round = 0; round < 100; round++) {
              store.sync();
            }
            return null;
          }));
        }
        for (Future<?> one : syncing) {
          one.get();
        }
      } finally {
        stop.set(true);
      }
      writer.get();
    }
  }

  /// Holds who encodes a needle, behind every look at the volume's state and before the writer has it.
  private static final class HeldAllocator extends PooledByteBufAllocator {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      reached.countDown();
      await(letGo);
      return super.newDirectBuffer(initialCapacity, maxCapacity);
    }

    private static void await(CountDownLatch latch) {
      VolumeAppenderTest.await(latch);
    }
  }

  @Test
  void nothingGoesInOnceAVolumeIsMarkedReadOnly() throws IOException {
    HeldAllocator allocator = new HeldAllocator();
    Volume volume = Volume.create(folder(new SimulatedDisk(new Random(1))),
        Descriptor.first(TestNeedles.SPEC, TestNeedles.STORE, 5, 6, 0),
        new Volume.Surroundings(TestNeedles.CONFIG, new AppendCounters(), new OpenFiles(2), allocator, () -> 0));
    NeedleDraft draft = TestNeedles.draft(1, new byte[100], Durability.FSYNC);
    CompletableFuture<CompletableFuture<Void>> appending = CompletableFuture.supplyAsync(() -> volume.append(draft));
    await(allocator.reached);
    volume.setReadOnly(true);
    long end = volume.end().offsetBytes();
    allocator.letGo.countDown();
    assertEquals(Reason.READ_ONLY, refusal(appending.join()));
    assertEquals(end, volume.end().offsetBytes());
    assertEquals(Reason.READ_ONLY, volume.status().unwritable().orElseThrow());
    volume.setReadOnly(false);
    volume.append(TestNeedles.draft(2, new byte[100], Durability.FSYNC)).join();
    volume.close();
  }

  /// The writer's thread records where the file was cut while an administrator's mark is being written.
  @Test
  void twoChangesOfADescriptorAtOnceLoseNeither() throws Exception {
    SimulatedDisk below = new SimulatedDisk(new Random(1));
    HookedDisk disk = new HookedDisk(below);
    Volume volume = create(folder(disk), () -> 0);
    AtomicInteger inside = new AtomicInteger();
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    AtomicBoolean together = new AtomicBoolean();
    AtomicBoolean first = new AtomicBoolean(true);
    disk.hook((call, name) -> {
      if (call == Call.WRITE && name.equals("7.dat")) {
        throw new IOException("simulated EIO");
      }
      if (call == Call.RENAME && name.equals("7.json.new")) {
        together.compareAndSet(false, inside.incrementAndGet() > 1);
        if (first.getAndSet(false)) {
          reached.countDown();
          await(letGo);
        }
        inside.decrementAndGet();
      }
    });
    CompletableFuture<Void> marking = CompletableFuture.runAsync(() -> {
      try {
        volume.setReadOnly(true);
      } catch (IOException e) {
        throw new CompletionException(e);
      }
    });
    await(reached);
    CompletableFuture<Void> append = volume.append(TestNeedles.draft(1, new byte[100], Durability.FSYNC));
    while (!together.get() && !append.isDone() && !isAWriterWaitingForTheDescriptor()) {
      Thread.onSpinWait();
    }
    letGo.countDown();
    marking.join();
    assertEquals(Reason.FAILED, refusal(append));
    disk.hook(HookedDisk.Hook.NONE);
    assertFalse(together.get(), "both wrote at a time");
    Descriptor left = Descriptor.read(below, "7.json");
    assertTrue(left.readOnly());
    assertEquals(volume.end().offsetBytes(), left.cutBytes());
    volume.close();
  }

  private static boolean isAWriterWaitingForTheDescriptor() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().equals("volume-7-writer")
            && thread.getKey().getState() == Thread.State.WAITING)
        .flatMap(thread -> Stream.of(thread.getValue())).anyMatch(frame -> frame.getMethodName().equals("describe"));
  }

  /// Whatever the file system's figures say: a quota, which they do not show, is no broken disk, and a disk that is
  /// broken as well as full is no full one.
  @Test
  void theErrorItselfTellsAFullDiskFromABrokenOne() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      disk.useUpQuota(true);
      assertEquals(Reason.NO_SPACE, refusal(store.append(TestNeedles.withoutData(1))));
      assertEquals(Reason.NO_SPACE, store.volumes().getFirst().unwritable().orElseThrow());
      assertFalse(store.disks().getFirst().writable());
      assertEquals(0, store.disks().getFirst().failures());
      disk.useUpQuota(false);
      store.append(TestNeedles.withoutData(2)).join();
      disk.setCapacity(disk.usedBytes() + 1000);
      disk.failWrites(true);
      assertEquals(Reason.FAILED, refusal(store.append(TestNeedles.withoutData(3))));
      disk.failWrites(false);
      disk.setCapacity(Long.MAX_VALUE);
      assertEquals(List.of(2L), TestNeedles.scan(store));
      assertArrayEquals(new byte[0], TestNeedles.read(store, 2));
    }
  }

  @Test
  void whereNotEvenACutHasRoomTheNextStartKnowsWhereTheVolumeEnds() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    long end;
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      store.append(TestNeedles.withoutData(1)).join();
      end = store.ends().getFirst().offsetBytes();
      disk.setCapacity(disk.usedBytes() + 24);
      disk.refuseToCut(true);
      assertEquals(Reason.FAILED, refusal(store.append(TestNeedles.withoutData(2))));
      disk.refuseToCut(false);
      disk.setCapacity(Long.MAX_VALUE);
      store.seal(7);
    }
    assertEquals(end, Descriptor.read(disk, "7.json").cutBytes());
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(List.of(1L), TestNeedles.scan(store));
      assertEquals(List.of(), TestNeedles.scanAll(store).damaged());
    }
  }
}
