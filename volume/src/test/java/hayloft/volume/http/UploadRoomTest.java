package hayloft.volume.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class UploadRoomTest {

  private static final int MIB = 1 << 20;
  private static final int PIECE_BYTES = 16 << 10;

  private final AtomicLong nanos = new AtomicLong();
  private final UploadRoom room = new UploadRoom(16 * MIB, Duration.ofSeconds(20), nanos::get);
  private final UploadRoom impatient = new UploadRoom(16 * MIB, Duration.ofMillis(1), nanos::get);

  private static Claim begun(UploadRoom room, long declaredBytes) throws StoreBusyException {
    Claim claim = new Claim(room.upload(declaredBytes), Claims.Kind.BUFFERS);
    claim.grow(Math.max(1, Math.min(PIECE_BYTES, declaredBytes)));
    return claim;
  }

  private static Claim received(Claim claim, long bytes) throws StoreBusyException {
    for (long came = PIECE_BYTES; came < bytes; came += PIECE_BYTES) {
      claim.grow(PIECE_BYTES);
    }
    return claim;
  }

  /// Each would have half of the room and wait for the other's half.
  @Test
  void twoThatDoNotFitTogetherBothGoIn() throws Exception {
    Claim first = begun(room, 10 * MIB);
    CompletableFuture<Claim> second = CompletableFuture.supplyAsync(() -> {
      try {
        return received(begun(room, 10 * MIB), 10 * MIB);
      } catch (StoreBusyException e) {
        throw new IllegalStateException(e);
      }
    });
    received(first, 10 * MIB).close();
    second.get(20, TimeUnit.SECONDS).close();
    begun(impatient, room.mostBytes()).close();
  }

  @Test
  void smallOnesDoNotWaitBehindLargeOnes() throws StoreBusyException {
    try (Claim large = begun(impatient, impatient.mostBytes())) {
      assertThrows(StoreBusyException.class, () -> begun(impatient, MIB));
      for (int i = 0; i < 100; i++) {
        begun(impatient, 64 << 10).close();
        begun(impatient, 1).close();
      }
      received(large, impatient.mostBytes());
    }
    begun(impatient, MIB).close();
  }

  @Test
  void whoDoesNotSayHowMuchComesMayBringTheLargest() throws StoreBusyException {
    try (Claim unknown = begun(impatient, -1)) {
      assertThrows(StoreBusyException.class, () -> begun(impatient, 100 << 10));
      received(unknown, impatient.mostBytes());
    }
    try (Claim _ = begun(impatient, 100 << 10)) {
      assertThrows(StoreBusyException.class, () -> begun(impatient, -1));
    }
  }

  /// Alone it may take its time.
  @Test
  void whoIsSlowGoesOnceOthersWait() throws Exception {
    Claim slow = begun(room, room.mostBytes());
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
    slow.grow(PIECE_BYTES);
    CompletableFuture<Claim> other = CompletableFuture.supplyAsync(() -> {
      try {
        return begun(room, MIB);
      } catch (StoreBusyException e) {
        throw new IllegalStateException(e);
      }
    });
    StoreBusyException told = assertThrows(StoreBusyException.class, () -> {
      while (true) { // until the other one waits
        slow.grow(PIECE_BYTES);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
      }
    });
    assertTrue(told.toString().contains("others wait for the room"), told.toString());
    slow.close();
    other.get(20, TimeUnit.SECONDS).close();
  }

  @Test
  void theLargestSmallOneFitsIntoTheSmallestRoom() throws StoreBusyException {
    var smallest = new UploadRoom(MIB, Duration.ofMillis(1), nanos::get);
    begun(smallest, 64 << 10).close();
    begun(smallest, smallest.mostBytes()).close();
  }

  @Test
  void theRoomComesBack() throws StoreBusyException {
    for (int i = 0; i < 1_000; i++) {
      received(begun(impatient, 5 * MIB), 5 * MIB).close();
      begun(impatient, 0).close();
    }
    assertEquals(15 * MIB, impatient.mostBytes());
    begun(impatient, 15 * MIB).close();
  }
}
