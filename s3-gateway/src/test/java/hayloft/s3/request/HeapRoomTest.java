package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class HeapRoomTest {

  private static void refused(HeapRoom room, long bytes) {
    HeapRoom.Claim nothing = room.nothing();
    assertEquals(S3Error.Plain.SLOW_DOWN, assertThrows(S3Exception.class, () -> nothing.plus(bytes)).error());
  }

  @Test
  void thereIsRoomUntilItIsTaken() {
    var room = new HeapRoom(100 << 10, Duration.ZERO);
    HeapRoom.Claim one = room.nothing().plus(60 << 10);
    refused(room, 60 << 10);
    HeapRoom.Claim two = room.nothing().plus(30 << 10);
    refused(room, 20 << 10);
    one.close();
    two.plus(60 << 10).close();
    room.nothing().plus(99 << 10).close();
  }

  @Test
  void whatIsTooLargeForAllOfItGetsItAlone() {
    var room = new HeapRoom(100 << 10, Duration.ZERO);
    HeapRoom.Claim all = room.nothing().plus(1L << 40);
    refused(room, 1);
    all.close();
    room.nothing().plus(1L << 40).close();
  }

  @Test
  void whoFindsNoneWaitsUntilSomeIsGivenBack() {
    var room = new HeapRoom(100 << 10, Duration.ofSeconds(30));
    HeapRoom.Claim first = room.nothing().plus(80 << 10);
    CompletableFuture<HeapRoom.Claim> second = CompletableFuture.supplyAsync(() -> room.nothing().plus(80 << 10));
    first.close();
    second.join().close();
  }

  @Test
  void aClaimOfNothingGivesNothingBack() {
    var room = new HeapRoom(100 << 10, Duration.ZERO);
    room.nothing().close();
    HeapRoom.Claim all = room.nothing().plus(1L << 40);
    refused(room, 1);
    all.close();
  }
}
