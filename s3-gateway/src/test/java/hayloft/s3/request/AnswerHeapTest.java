package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.memory.Claims;
import org.junit.jupiter.api.Test;

final class AnswerHeapTest {

  private static final class Counted implements Claims {

    private long bytes;

    @Override
    public void take(Kind kind, long more) {
      bytes += more;
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
    heap.takePage(1000);
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
    heap.takePage(1000);
    long before = counted.bytes;
    heap.take(399_000);
    assertEquals(before, counted.bytes);
    heap.take(50_000);
    assertEquals(before + (48 << 10), counted.bytes, "of which 1,000 bytes were there");
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
