package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.Durability;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BigVolumeTest {

  private static final int VOID_BYTES = 8 << 20;

  /// Offsets are kept in 4 bytes, in units of 8. The file is sparse: the index log says that each hole holds voids, so
  /// that opening it scans nothing.
  @Test
  void needlesBeyond4GiBAndNear30GBComeBack(@TempDir Path folder) throws IOException {
    try (VolumeStore store = TestNeedles.openWithVolume(new FileDisk(folder))) {
      store.append(TestNeedles.draft(1, TestNeedles.bytes(1, 1000), Durability.FSYNC)).join();
    }
    long[] holesEnd = {(4L << 30) - 8, 4L << 30, 17L << 30, 30_000_000_000L,
        (32L << 30) - VolumeAppender.HELD_BACK_BYTES - 4096};
    long key = 2;
    for (long hole : holesEnd) {
      extendTo(folder, hole);
      try (VolumeStore store = TestNeedles.open(new FileDisk(folder))) {
        assertEquals(Math.max(hole, store.ends().getFirst().offsetBytes()), store.ends().getFirst().offsetBytes());
        store.append(TestNeedles.draft(key, TestNeedles.bytes(key, 1000), Durability.FSYNC)).join();
        store.append(TestNeedles.draft(key + 1, TestNeedles.bytes(key + 1, 10), Durability.FSYNC)).join();
        key += 2;
        for (long known = 1; known < key; known++) {
          assertArrayEquals(TestNeedles.bytes(known, known > 1 && known % 2 == 1 ? 10 : 1000),
              TestNeedles.read(store, known), "needle " + known);
        }
      }
    }
    Files.delete(folder.resolve("7.map"));
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder))) {
      for (long known = 1; known < key; known++) {
        assertArrayEquals(TestNeedles.bytes(known, known > 1 && known % 2 == 1 ? 10 : 1000),
            TestNeedles.read(store, known), "needle " + known + " after a rebuild from the index log");
      }
    }
  }

  private static void extendTo(Path folder, long bytes) throws IOException {
    FileDisk disk = new FileDisk(folder);
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("7.dat").toFile(), "rw")) {
      byte[] front = new byte[Superblock.MOST_BYTES];
      file.readFully(front);
      Superblock superblock = Superblock.decode(ByteBuffer.wrap(front), "7.dat");
      if (file.length() < bytes) {
        IndexLog.Opened opened = IndexLog.open(disk, "7.idx", superblock, file.length(), _ -> {});
        for (long at = file.length(); at < bytes; at += Math.min(VOID_BYTES, bytes - at)) {
          opened.log().add(IndexLog.Entry.ofVoid(NeedlePlace.of(at, (int) Math.min(VOID_BYTES, bytes - at))));
        }
        file.setLength(bytes);
        opened.log().checkpoint(bytes, 0, 0);
        opened.log().close();
      }
    }
    Files.deleteIfExists(folder.resolve("7.map"));
  }
}
