package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.Claims;
import org.junit.jupiter.api.Test;

final class AnswerHeapTest {

  private static final class Counted implements Claims {

    private long bytes;
    private long most = Long.MAX_VALUE;

    @Override
    public void take(Kind kind, long more) {
      bytes += more;
    }

    @Override
    public boolean takeNow(Kind kind, long more) {
      if (bytes + more > most) {
        return false;
      }
      bytes += more;
      return true;
    }

    @Override
    public void giveBack(Kind kind, long less) {
      bytes -= less;
    }
  }

  private final Counted counted = new Counted();
  private final AnswerHeap heap = new AnswerHeap(counted);

  @Test
  void aDocumentThatWaitsForItsClientKeepsNoRows() throws Exception {
    heap.takePage(8_000);
    heap.takeRow(1_000_000, 2_000);
    heap.take(10_000);
    Runnable released = heap.handOn();
    assertEquals(16 << 10, counted.bytes);
    heap.close();
    assertEquals(16 << 10, counted.bytes);
    released.run();
    assertEquals(0, counted.bytes);
  }

  @Test
  void aDocumentOfUsualRowsIsClaimedWithThem() throws Exception {
    heap.takePage(4_000);
    for (int i = 0; i < 1000; i++) {
      assertTrue(heap.takeRowNow(300, 396));
    }
    long before = counted.bytes;
    heap.take(400_000);
    assertEquals(before, counted.bytes);
    heap.take(64 << 10);
    assertEquals(before + (64 << 10), counted.bytes);
    heap.close();
    assertEquals(0, counted.bytes);
  }

  @Test
  void aRowForWhichThereIsNoRoomIsNotWaitedFor() throws Exception {
    heap.takePage(1_000);
    counted.most = counted.bytes;
    assertTrue(heap.takeRowNow(10, 10), "the last step has room left");
    assertFalse(heap.takeRowNow(20_000, 10));
    heap.close();
    assertEquals(0, counted.bytes);
  }

  @Test
  void whatNoDocumentHasTakenOverIsGivenBack() throws Exception {
    heap.takeRows(1000);
    heap.take(10_000);
    heap.giveBackRows();
    assertEquals(16 << 10, counted.bytes);
    heap.close();
    assertEquals(0, counted.bytes);
  }
}
