package hayloft.volume.store;

import static hayloft.volume.disk.TestFiles.bytesOf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeStatus;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.Pace;
import hayloft.volume.compaction.PackingConfig;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.HookedDisk.Call;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.scrub.Scrubber;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Do sparse volumes share a file, and does nobody notice?
@Timeout(120)
class PackingTest {

  private static final VolumeStoreConfig CONFIG = TestNeedles.CONFIG.withCompaction(new CompactionConfig(0.3, 0,
      1L << 40, Duration.ZERO, new PackingConfig(2, 6, 1 << 20, 1 << 20, 0)));

  /// What the catalog would know.
  private static final class Model {
    final Map<FileId, Integer> alive = new HashMap<>(); // to size
    final Set<FileId> dead = new HashSet<>();
    final Set<Integer> retired = new HashSet<>();
    final Map<Integer, NavigableMap<Long, List<Long>>> marks = new HashMap<>();
    long nextKey = 1;
    long nextMark = 1;
    int nextVolume = 1;

    static FileId id(int volume, long key) {
      return new FileId(volume, key, (int) key * 31);
    }

    void makeSealedVolume(VolumeStore store, Random random) throws IOException {
      int volume = nextVolume++;
      store.create(new VolumeSpec(volume, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES));
      int count = 1 + random.nextInt(6);
      for (int i = 0; i < count; i++) {
        long key = nextKey++;
        int size = random.nextInt(3000);
        store.append(new NeedleDraft(id(volume, key), NeedleKind.COMMIT, CommitSequence.of(1, key),
            Unpooled.EMPTY_BUFFER, Unpooled.copiedBuffer(TestNeedles.bytes(key, size)), Durability.FSYNC)).join();
        alive.put(id(volume, key), size);
      }
      store.seal(volume);
    }

    void kill(VolumeStore store, int volume, List<Long> keys) throws IOException {
      long sequence = nextMark++;
      marks.computeIfAbsent(volume, _ -> new TreeMap<>()).put(sequence, keys);
      keys.forEach(key -> {
        alive.remove(id(volume, key));
        dead.add(id(volume, key));
      });
      store.markDead(volume, sequence, keys);
    }

    List<Long> keysIn(int volume) {
      return alive.keySet().stream().filter(id -> id.volume() == volume).map(FileId::key).sorted().toList();
    }

    /// What the catalog does when it opens.
    void tellMarks(VolumeStore store) throws IOException {
      for (VolumeMarks known : store.marks()) {
        NavigableMap<Long, List<Long>> all = marks.getOrDefault(known.volume(), new TreeMap<>());
        for (Map.Entry<Long, List<Long>> mark : all.tailMap(known.completeSequence(), false).entrySet()) {
          store.markDead(known.volume(), mark.getKey(), mark.getValue());
        }
      }
      for (int volume : retired) {
        store.retire(volume);
      }
    }

    /// What was under way may have come to its end or not.
    void settle(VolumeStore store, String where) throws IOException {
      tellMarks(store);
      check(store, where);
    }

    void check(VolumeStore store, String where) throws IOException {
      for (Map.Entry<FileId, Integer> needle : alive.entrySet()) {
        assertArrayEquals(TestNeedles.bytes(needle.getKey().key(), needle.getValue()), read(store, needle.getKey()),
            () -> where + ": needle " + needle.getKey());
      }
      for (FileId id : dead) {
        if (!retired.contains(id.volume())) {
          assertInstanceOf(ReadResult.Absent.class, store.read(id, 0, 1), () -> where + ": dead needle " + id);
        }
      }
      Set<FileId> scanned = new HashSet<>();
      for (VolumePosition end : store.ends()) {
        store.scan(VolumePosition.start(end.volume()), new NeedleVisitor() {
          @Override
          public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) {
            scanned.add(id);
          }

          @Override
          public void damaged(DamagedNeedle needle) {
            throw new AssertionError(where + ": " + needle);
          }
        });
      }
      assertEquals(alive.keySet(), scanned, where);
    }
  }

  private static byte[] read(VolumeStore store, FileId id) throws IOException {
    ByteBuf data = assertInstanceOf(ReadResult.Found.class, store.read(id, 0, Integer.MAX_VALUE), () -> "needle " + id)
        .data();
    try {
      return ByteBufUtil.getBytes(data);
    } finally {
      data.release();
    }
  }

  private static Set<String> names(Disk disk) throws IOException {
    return new TreeSet<>(disk.list());
  }

  private static void put(Disk disk, String name, byte[] bytes) throws IOException {
    disk.delete(name);
    try (DiskFile file = disk.open(name)) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(bytes)}, 0);
      file.force();
    }
    disk.sync();
  }

  private static long packs(Disk disk) throws IOException {
    return disk.list().stream().filter(name -> name.matches("pack-[0-9]+")).count();
  }

  @Test
  void sparseVolumesShareAFileAndAreReadAsBefore(@TempDir Path folder) throws Exception {
    Disk disk = new FileDisk(folder);
    Model model = new Model();
    Random random = new Random(1);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 12; i++) {
        model.makeSealedVolume(store, random);
      }
      List<VolumeStatus> before = store.volumes();
      List<VolumePosition> ends = store.ends();
      store.pack();
      assertEquals(Set.of("fence", "pack-1", "pack-2", "packs-up-to-2"), without(names(disk), "scrub.json", "fence"));
      assertEquals(before, store.volumes());
      assertEquals(ends, store.ends(), "what is applied stays applied");
      model.check(store, "packed");
      for (VolumeStatus status : before) {
        store.scrub(status.spec().id(), new Pace(1L << 40), Scrubber.Watcher.NONE);
      }
      assertEquals(List.of(), store.scrubFigures().damages());
    }
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      assertEquals(Set.of("fence", "pack-1", "pack-2", "packs-up-to-2"), without(names(disk), "scrub.json", "fence"),
          "opening writes nothing");
      model.check(store, "opened again");
    }
  }

  private static Set<String> without(Set<String> names, String one, String always) {
    Set<String> rest = new TreeSet<>(names);
    rest.remove(one);
    rest.add(always);
    return rest;
  }

  @Test
  void whatChangesInAPackedVolumeTakesItOutOfThePackAndThePackGoesWithTheLast(@TempDir Path folder) throws Exception {
    Disk disk = new FileDisk(folder);
    Model model = new Model();
    Random random = new Random(2);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 3; i++) {
        model.makeSealedVolume(store, random);
      }
      store.pack();
      assertEquals(1, packs(disk));
      model.kill(store, 1, model.keysIn(1).subList(0, 1));
      assertTrue(names(disk).contains("1.json") && names(disk).contains("pack-1.gone"), names(disk)::toString);
      model.check(store, "after a mark");
      store.compact(1);
      model.check(store, "after a compaction");
      model.kill(store, 2, model.keysIn(2));
      assertEquals(model.keysIn(1).isEmpty() ? List.of(1, 2) : List.of(2), store.emptied());
      store.retire(2);
      model.retired.add(2);
      assertFalse(names(disk).stream().anyMatch(name -> name.startsWith("2.")), names(disk)::toString);
      store.putAside(3);
      model.alive.keySet().removeIf(id -> id.volume() == 3);
      assertEquals(0, packs(disk), names(disk)::toString);
      model.check(store, "all have left");
    }
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.check(store, "opened again");
    }
  }

  @Test
  void readersNeverNoticeThatFilesMove(@TempDir Path folder) throws Exception {
    Disk disk = new FileDisk(folder);
    Model model = new Model();
    Random random = new Random(3);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 6; i++) {
        model.makeSealedVolume(store, random);
      }
      Map<FileId, Integer> kept = Map.copyOf(model.alive);
      AtomicBoolean stop = new AtomicBoolean();
      AtomicReference<Throwable> fault = new AtomicReference<>();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        readers.add(Thread.ofPlatform().start(() -> {
          try {
            while (!stop.get()) {
              for (Map.Entry<FileId, Integer> needle : kept.entrySet()) {
                assertArrayEquals(TestNeedles.bytes(needle.getKey().key(), needle.getValue()),
                    read(store, needle.getKey()));
              }
            }
          } catch (Throwable e) {
            fault.set(e);
          }
        }));
      }
      for (int round = 0; round < 20; round++) {
        store.pack();
        for (int volume = 1; volume <= 6; volume++) {
          if (random.nextBoolean()) {
            store.compact(volume); // takes it out
          }
        }
      }
      stop.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      if (fault.get() != null) {
        throw new AssertionError(fault.get());
      }
      model.check(store, "in the end");
    }
  }

  @Test
  void aPackThatIsCutOrDamagedInBothHeadsIsRefusedByNameAndNothingChanges() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(4));
    Model model = new Model();
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 4; i++) {
        model.makeSealedVolume(store, new Random(4));
      }
      store.pack();
    }
    byte[] whole = bytesOf(disk, "pack-1");
    put(disk, "pack-1", Arrays.copyOf(whole, whole.length / 2));
    Set<String> before = names(disk);
    IOException cut = assertThrows(IOException.class, () -> TestNeedles.open(disk, CONFIG));
    assertTrue(String.valueOf(cut.getMessage()).contains("cut it"),
        cut.getMessage());
    assertEquals(before, names(disk));
    byte[] headless = whole.clone();
    headless[20] ^= 1;
    put(disk, "pack-1", headless);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.check(store, "the second head");
    }
    headless[headless.length - 1] ^= 1;
    put(disk, "pack-1", headless);
    IOException damaged = assertThrows(IOException.class, () -> TestNeedles.open(disk, CONFIG));
    assertTrue(String.valueOf(damaged.getMessage()).contains("pack-1"), damaged.getMessage());
    put(disk, "pack-1", whole);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.check(store, "put back");
    }
  }

  /// A file of a volume in a pack; its descriptor stands twice.
  private enum Section {
    DATA,
    LOG,
    DEAD,
    DESCRIPTOR,
    DESCRIPTOR_AGAIN;

    private static final int HEAD_BYTES = 16;
    private static final int SECTION_BYTES = 24;

    long offsetIn(byte[] pack, int volume) {
      return numberIn(pack, volume, 0);
    }

    int lengthIn(byte[] pack, int volume) {
      return (int) numberIn(pack, volume, Long.BYTES);
    }

    private long numberIn(byte[] pack, int volume, int at) {
      ByteBuffer head = ByteBuffer.wrap(pack).order(ByteOrder.LITTLE_ENDIAN);
      int entry = HEAD_BYTES;
      while (head.getInt(entry) != volume) {
        entry += Long.BYTES + values().length * SECTION_BYTES;
      }
      return head.getLong(entry + Long.BYTES + ordinal() * SECTION_BYTES + at);
    }

    byte[] zeroedIn(byte[] pack, int volume, int mostBytes) {
      byte[] damaged = pack.clone();
      int from = (int) offsetIn(pack, volume);
      Arrays.fill(damaged, from, from + Math.min(mostBytes, lengthIn(pack, volume)), (byte) 0);
      return damaged;
    }
  }

  private static SimulatedDisk withPack(Model model, int volumes, int seed) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(seed));
    Random random = new Random(seed);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < volumes; i++) {
        model.makeSealedVolume(store, random);
      }
      store.pack();
    }
    return disk;
  }

  @Test
  void whatCanBeMadeAgainInAPackIsMadeAgain() throws Exception {
    Model model = new Model();
    SimulatedDisk disk = withPack(model, 4, 20);
    byte[] whole = bytesOf(disk, "pack-1");
    for (byte[] damaged : List.of(Section.DATA.zeroedIn(whole, 2, 512), Section.LOG.zeroedIn(whole, 2, 1 << 20),
        Section.DEAD.zeroedIn(whole, 2, 1 << 20), Section.DESCRIPTOR.zeroedIn(whole, 2, 1 << 20))) {
      SimulatedDisk copy = disk.afterKillOf();
      put(copy, "pack-1", damaged);
      try (VolumeStore store = TestNeedles.open(copy, CONFIG)) {
        assertEquals(Map.of(), store.unreadable());
        model.settle(store, "one section damaged");
      }
    }
  }

  @Test
  void aVolumeThatCannotBeOpenedInItsPackIsMissingAndAllOthersGoOn() throws Exception {
    Model model = new Model();
    SimulatedDisk disk = withPack(model, 4, 20);
    byte[] whole = bytesOf(disk, "pack-1");
    byte[] descriptors = Section.DESCRIPTOR_AGAIN.zeroedIn(Section.DESCRIPTOR.zeroedIn(whole, 2, 1 << 20), 2, 1 << 20);
    for (byte[] damaged : List.of(Section.DATA.zeroedIn(whole, 2, 1 << 20), descriptors)) {
      SimulatedDisk copy = disk.afterKillOf();
      put(copy, "pack-1", damaged);
      assertIsLeftOut(copy, model, "zeros");
      assertArrayEquals(damaged, bytesOf(copy, "pack-1"));
      put(copy, "pack-1", whole);
      try (VolumeStore store = TestNeedles.open(copy, CONFIG)) {
        assertEquals(Map.of(), store.unreadable());
        model.check(store, "put back");
      }
    }
    SimulatedDisk unreadable = disk.afterKillOf();
    for (Section section : List.of(Section.DESCRIPTOR, Section.DESCRIPTOR_AGAIN)) {
      long from = section.offsetIn(whole, 2);
      unreadable.makeUnreadable("pack-1", from, from + section.lengthIn(whole, 2));
    }
    assertIsLeftOut(unreadable, model, "unreadable");
  }

  private static void assertIsLeftOut(SimulatedDisk disk, Model model, String where) throws IOException {
    for (int start = 0; start < 2; start++) {
      try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
        assertEquals(Set.of(2), store.unreadable().keySet(), where);
        String what = String.valueOf(store.unreadable().get(2));
        assertTrue(what.contains("pack-1 (2.") && what.contains("copy of pack-1 back"), what);
        assertFalse(what.contains("2.* away"), what);
        assertEquals(List.of(1, 3, 4), store.ends().stream().map(VolumePosition::volume).toList());
        for (FileId id : model.alive.keySet()) {
          if (id.volume() == 2) {
            assertThrows(NoSuchVolumeException.class, () -> store.read(id, 0, 1));
          } else {
            read(store, id);
          }
        }
        store.pack();
        assertTrue(names(disk).contains("pack-1"), names(disk)::toString);
        assertFalse(names(disk).contains("pack-1.gone"), names(disk)::toString);
      }
    }
  }

  /// The pack stays as long as there is something in it that may yet be wanted.
  @Test
  void aVolumeThatCannotBeOpenedKeepsItsPackUntilItIsGivenUp() throws Exception {
    Model model = new Model();
    SimulatedDisk disk = withPack(model, 3, 21);
    byte[] whole = bytesOf(disk, "pack-1");
    byte[] damaged = Section.DATA.zeroedIn(whole, 2, 1 << 20);
    put(disk, "pack-1", damaged);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int volume : List.of(1, 3)) {
        model.kill(store, volume, model.keysIn(volume));
        store.retire(volume);
        model.retired.add(volume);
      }
      assertArrayEquals(damaged, bytesOf(disk, "pack-1"));
    }
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      assertEquals(Set.of(2), store.unreadable().keySet());
      store.putAside(2);
      assertEquals(Map.of(), store.unreadable());
      assertEquals(0, packs(disk), names(disk)::toString);
      assertTrue(names(disk).containsAll(Set.of("2.json.given-up", "2.dat.given-up")), names(disk)::toString);
    }
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      assertEquals(Map.of(), store.unreadable());
      assertEquals(List.of(), store.ends());
    }
  }

  @Test
  void filesThatSomebodyPutsBesideAPackAreRefusedAndThePackStaysWhole() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(10));
    Model model = new Model();
    byte[] descriptor;
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 3; i++) {
        model.makeSealedVolume(store, new Random(i));
      }
      descriptor = bytesOf(disk, "2.json");
      store.pack();
    }
    byte[] whole = bytesOf(disk, "pack-1");
    put(disk, "2.json", descriptor);
    IOException alone = assertThrows(IOException.class, () -> TestNeedles.open(disk, CONFIG));
    assertTrue(String.valueOf(alone.getMessage()).contains("2.json"), alone.getMessage());
    put(disk, "2.dat", new byte[5000]);
    assertThrows(IOException.class, () -> TestNeedles.open(disk, CONFIG));
    assertFalse(names(disk).contains("pack-1.gone"), names(disk)::toString);
    assertArrayEquals(whole, bytesOf(disk, "pack-1"));
    for (String name : names(disk)) {
      if (name.startsWith("2.")) {
        disk.delete(name);
      }
    }
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.check(store, "what was put beside it is away");
    }
  }

  @Test
  void oneFlippedBitAnywhereInAPackCostsAtMostTheNeedleThatItHit() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(5));
    Model model = new Model();
    Random random = new Random(5);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 4; i++) {
        model.makeSealedVolume(store, random);
      }
      store.pack();
    }
    byte[] whole = bytesOf(disk, "pack-1");
    Set<String> names = names(disk);
    for (int i = 0; i < 100; i++) {
      for (String name : names(disk)) {
        if (!names.contains(name)) {
          disk.delete(name);
        }
      }
      byte[] flipped = whole.clone();
      int at = random.nextInt(whole.length);
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      put(disk, "pack-1", flipped);
      try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
        int wrong = 0;
        for (Map.Entry<FileId, Integer> needle : model.alive.entrySet()) {
          try {
            assertArrayEquals(TestNeedles.bytes(needle.getKey().key(), needle.getValue()),
                read(store, needle.getKey()), "byte " + at);
          } catch (IOException _) {
            wrong++;
          }
        }
        assertTrue(wrong <= 1, "byte " + at + ": " + wrong + " needles cannot be read");
      }
    }
  }

  @Test
  void aVolumeThatCannotBeReadIsLeftAloneAndKeepsNoOtherFromBeingPacked() throws Exception {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(6)));
    Model model = new Model();
    Random random = new Random(6);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 4; i++) {
        model.makeSealedVolume(store, random);
      }
      disk.hook((call, name) -> {
        if (call == Call.READ && name.equals("2.dat")) {
          throw new IOException("simulated EIO");
        }
      });
      store.pack();
      disk.hook(HookedDisk.Hook.NONE);
      assertTrue(names(disk).contains("2.dat") && !names(disk).contains("3.dat"), names(disk)::toString);
      model.check(store, "packed without it");
    }
  }

  /// One thing that is done to a store with three packed or sparse volumes.
  @FunctionalInterface
  private interface Deed {
    void on(VolumeStore store, Model model) throws IOException;
  }

  static List<Deed> deeds() {
    return List.of((store, _) -> store.pack(),
        (store, model) -> model.kill(store, 1, model.keysIn(1).subList(0, 1)),
        (store, _) -> store.compact(2));
  }

  /// Every change of the disk in turn is the last.
  @ParameterizedTest
  @MethodSource("deeds")
  void aPowerCutAtEachStepOfPackingAndLeavingLosesNothing(Deed deed) throws Exception {
    for (int packedBefore = 0; packedBefore < 2; packedBefore++) {
      boolean cut = true;
      for (int steps = 1; cut; steps++) {
        Random random = new Random(steps);
        SimulatedDisk disk = new SimulatedDisk(random);
        Model model = new Model();
        try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
          for (int i = 0; i < 3; i++) {
            model.makeSealedVolume(store, new Random(i));
          }
          if (packedBefore == 1) {
            store.pack();
            model.makeSealedVolume(store, new Random(7));
            model.makeSealedVolume(store, new Random(8));
          }
          disk.cutPowerAfter(steps);
          try {
            deed.on(store, model);
          } catch (IOException | RuntimeException e) {
            assertTrue(disk.isOff(), () -> "no power cut, but " + e);
          }
          cut = disk.isOff();
          disk.cutPowerAfter(Long.MAX_VALUE);
        } catch (IOException e) {
          assertTrue(disk.isOff(), () -> "no power cut, but " + e);
        }
        SimulatedDisk after = cut ? disk.afterPowerCut() : disk;
        String where = (packedBefore == 1 ? "packed before, " : "") + "step " + steps;
        for (int start = 0; start < 2; start++) {
          try (VolumeStore store = TestNeedles.open(after, CONFIG)) {
            model.settle(store, where);
            store.pack();
            model.check(store, where + ", packed again");
          }
        }
      }
    }
  }

  @Test
  void aLostListOfThoseThatLeftBringsNothingBack() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(9));
    Model model = new Model();
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 4; i++) {
        model.makeSealedVolume(store, new Random(i));
      }
      store.pack();
      model.kill(store, 1, model.keysIn(1).subList(0, 1));
      store.compact(1);
      model.kill(store, 2, model.keysIn(2));
      store.retire(2);
      model.retired.add(2);
    }
    for (byte[] list : List.of(new byte[0], new byte[]{1, 2, 3})) {
      put(disk, "pack-1.gone", list);
      try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
        model.settle(store, "list of " + list.length + " bytes");
      }
    }
    disk.delete("pack-1.gone");
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.settle(store, "no list");
    }
  }

  /// Numbers say nothing of who is newer where somebody copies packs. And whoever opens the volumes may refuse what
  /// counts now: so nothing has gone by then.
  @Test
  void aCopyOfAnOlderPackDoesNotCountAndOpeningTakesNothingAway() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(11));
    Model model = new Model();
    byte[] older;
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 4; i++) {
        model.makeSealedVolume(store, new Random(40 + i));
      }
      store.pack();
      older = bytesOf(disk, "pack-1");
      for (int volume = 1; volume <= 2; volume++) {
        model.kill(store, volume, model.keysIn(volume).subList(0, 1));
        store.compact(volume);
      }
      store.pack();
      model.check(store, "packed again");
    }
    assertTrue(names(disk).contains("pack-2"), names(disk)::toString);
    put(disk, "pack-9", older);
    Set<String> before = names(disk);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      assertEquals(before, names(disk), "nothing is settled before somebody works with what counts");
      model.settle(store, "with a copy");
      store.pack();
      model.check(store, "settled");
    }
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.settle(store, "opened again");
    }
  }

  @Test
  void aDamagedSuperblockInANewerPackDoesNotMakeAnOlderOneCount() throws Exception {
    Model model = new Model();
    SimulatedDisk disk = withPack(model, 2, 30);
    List<byte[]> packs = new ArrayList<>();
    for (String pack : List.of("pack-2", "pack-3")) {
      try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
        for (int volume = 1; volume <= 2; volume++) {
          model.kill(store, volume, model.keysIn(volume).subList(0, model.keysIn(volume).size() / 2));
          store.compact(volume);
        }
        store.pack();
      }
      packs.add(bytesOf(disk, pack));
    }
    put(disk, "pack-3", Section.DATA.zeroedIn(packs.getLast(), 1, 512));
    put(disk, "pack-2", packs.getFirst());
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.check(store, "an older pack is there again");
    }
  }

  @Test
  void aPackThatIsMovedUnderTheProcessIsReadOnAndNothingThatHasItsNameIsDeleted(@TempDir Path folder) throws Exception {
    Disk disk = new FileDisk(folder);
    Model model = new Model();
    Path pack = folder.resolve("pack-1");
    Path moved = folder.resolve("moved");
    byte[] foreign = {1, 2, 3};
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 3; i++) {
        model.makeSealedVolume(store, new Random(70 + i));
      }
      store.pack();
      Files.move(pack, moved);
      Files.write(pack, foreign);
      store.pack();
      model.check(store, "moved away");
      for (int volume = 1; volume <= 3; volume++) {
        model.kill(store, volume, model.keysIn(volume).subList(0, 1));
      }
      model.check(store, "all have left");
      assertArrayEquals(foreign, Files.readAllBytes(pack));
    }
    Files.move(moved, pack, StandardCopyOption.REPLACE_EXISTING);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.settle(store, "put back");
      store.pack();
      model.check(store, "settled");
      assertFalse(Files.exists(pack), names(disk)::toString);
    }
  }

  /// A pack that somebody has lost may be put back: no other has its name meanwhile.
  @Test
  void aNumberIsNeverGivenTwice() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(12));
    Model model = new Model();
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 3; i++) {
        model.makeSealedVolume(store, new Random(50 + i));
      }
      store.pack();
    }
    byte[] lost = bytesOf(disk, "pack-1");
    disk.delete("pack-1");
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      for (int i = 0; i < 3; i++) {
        model.makeSealedVolume(store, new Random(60 + i));
      }
      store.pack();
    }
    assertEquals(Set.of("pack-2", "packs-up-to-2"),
        names(disk).stream().filter(name -> name.startsWith("pack")).collect(Collectors.toSet()));
    put(disk, "pack-1", lost);
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      model.settle(store, "put back");
    }
  }

  static LongStream seeds() {
    Long one = Long.getLong("hayloft.seed");
    return one != null ? LongStream.of(one) : LongStream.range(0, Long.getLong("hayloft.seeds", 12));
  }

  /// Volumes are made, killed in, compacted, packed and retired, and the power goes at any change of the disk.
  @ParameterizedTest
  @MethodSource("seeds")
  void afterAPowerCutAtAnyMomentEverythingIsThereOnce(long seed) throws Exception {
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(random);
    Model model = new Model();
    for (int life = 0; life < 8; life++) {
      String where = "seed " + seed + " life " + life;
      try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
        model.tellMarks(store);
        model.check(store, where);
        for (int i = 0; i < 3; i++) {
          model.makeSealedVolume(store, random);
        }
        disk.cutPowerAfter(random.nextInt(120));
        try {
          for (int step = 0; step < 12; step++) {
            step(store, model, random);
          }
        } catch (IOException | RuntimeException e) {
          if (!disk.isOff()) {
            throw new AssertionError(where, e);
          }
        }
        disk.cutPowerAfter(Long.MAX_VALUE);
      } catch (IOException e) {
        if (!disk.isOff()) {
          throw new AssertionError(where, e);
        }
      }
      if (disk.isOff() || random.nextBoolean()) {
        disk = disk.afterPowerCut();
      }
    }
  }

  private static void step(VolumeStore store, Model model, Random random) throws IOException {
    List<Integer> volumes = store.volumes().stream().map(status -> status.spec().id()).toList();
    int volume = volumes.get(random.nextInt(volumes.size()));
    switch (random.nextInt(4)) {
      case 0 -> {
        List<Long> keys = model.keysIn(volume);
        if (!keys.isEmpty()) {
          model.kill(store, volume, keys.subList(0, 1 + random.nextInt(keys.size())));
        }
      }
      case 1 -> store.compact(volume);
      case 2 -> {
        for (int emptied : store.emptied()) {
          model.retired.add(emptied);
          store.retire(emptied);
        }
      }
      default -> store.pack();
    }
  }
}
