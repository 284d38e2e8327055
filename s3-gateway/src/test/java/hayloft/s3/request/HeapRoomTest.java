package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class HeapRoomTest {

  private static void refused(HeapRoom room, long bytes) {
    HeapRoom.Claim nothing = room.nothing("ann");
    assertEquals(S3Error.Plain.SLOW_DOWN, assertThrows(S3Exception.class, () -> nothing.plus(bytes)).error());
  }

  @Test
  void thereIsRoomUntilItIsTaken() {
    var room = new HeapRoom(100 << 10, Duration.ZERO);
    HeapRoom.Claim one = room.nothing("ann").plus(60 << 10);
    refused(room, 60 << 10);
    HeapRoom.Claim two = room.nothing("ann").plus(30 << 10);
    refused(room, 20 << 10);
    one.close();
    two.plus(60 << 10).close();
    room.nothing("ann").plus(99 << 10).close();
  }

  @Test
  void whatIsTooLargeForAllOfItGetsItAlone() {
    var room = new HeapRoom(100 << 10, Duration.ZERO);
    HeapRoom.Claim all = room.nothing("ann").plus(1L << 40);
    refused(room, 1);
    all.close();
    room.nothing("ann").plus(1L << 40).close();
  }

  @Test
  void whoFindsNoneWaitsUntilSomeIsGivenBack() {
    var room = new HeapRoom(100 << 10, Duration.ofSeconds(30));
    HeapRoom.Claim first = room.nothing("ann").plus(80 << 10);
    CompletableFuture<HeapRoom.Claim> second = CompletableFuture.supplyAsync(() -> room.nothing("ann").plus(80 << 10),
        Thread::startVirtualThread);
    first.close();
    second.join().close();
  }

  @Test
  void aUsersWaitingClaimKeepsNobodyElsesWaitingThatFits() throws Exception {
    var room = new HeapRoom(100 << 10, Duration.ofSeconds(30));
    HeapRoom.Claim first = room.nothing("eve").plus(60 << 10);
    CompletableFuture<HeapRoom.Claim> large = CompletableFuture.supplyAsync(() -> room.nothing("eve").plus(80 << 10),
        Thread::startVirtualThread);
    while (room.waiting() < 1) {
      Thread.onSpinWait();
    }
    CompletableFuture<HeapRoom.Claim> small = CompletableFuture.supplyAsync(() -> room.nothing("eve").plus(1 << 10),
        Thread::startVirtualThread);
    while (room.waiting() < 2) {
      Thread.onSpinWait();
    }
    room.nothing("ann").plus(30 << 10).close();
    assertFalse(large.isDone() || small.isDone(), "her own come one after the other");
    first.close();
    large.join().close();
    small.join().close();
    assertEquals(0, room.waiting());
    room.nothing("ann").plus(99 << 10).close();
  }

  @Test
  void usersWhoWaitTakeTurns() throws Exception {
    var room = new HeapRoom(100 << 10, Duration.ofSeconds(30));
    HeapRoom.Claim all = room.nothing("eve").plus(98 << 10);
    List<CompletableFuture<HeapRoom.Claim>> eves = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      eves.add(CompletableFuture.supplyAsync(() -> room.nothing("eve").plus(60 << 10), Thread::startVirtualThread));
      while (room.waiting() < i) {
        Thread.onSpinWait();
      }
    }
    CompletableFuture<HeapRoom.Claim> anns = CompletableFuture.supplyAsync(() -> room.nothing("ann").plus(60 << 10),
        Thread::startVirtualThread);
    while (room.waiting() < 4) {
      Thread.onSpinWait();
    }
    all.close();
    eves.getFirst().join().close();
    anns.join().close();
    eves.get(1).join().close();
    eves.get(2).join().close();
  }

  @Test
  void whoGivesUpWaitingLeavesNothingBehind() {
    var room = new HeapRoom(100 << 10, Duration.ofMillis(1));
    HeapRoom.Claim most = room.nothing("ann").plus(80 << 10);
    refused(room, 30 << 10);
    assertEquals(0, room.waiting());
    most.close();
    room.nothing("eve").plus(99 << 10).close();
  }

  @Test
  void aClaimOfNothingGivesNothingBack() {
    var room = new HeapRoom(100 << 10, Duration.ZERO);
    room.nothing("ann").close();
    HeapRoom.Claim all = room.nothing("ann").plus(1L << 40);
    refused(room, 1);
    all.close();
  }
}
