package hayloft.filer.commit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What becomes of an epoch, the first one or a later one, when it cannot be fenced?
final class SequencesTest {

  private static final class FailingFence implements Sequences.Terms {
    private @Nullable IOException fault = new NoWritableVolumeException("b/volumes/fence", false);
    private int taken;
    private final List<Long> tries = new ArrayList<>();
    private final List<Long> written = new ArrayList<>();
    private @Nullable IOException writeFault;

    @Override
    public long take() {
      return 7 + taken++;
    }

    @Override
    public void prepareFence(long epoch) throws IOException {
      written.add(epoch);
      if (writeFault != null) {
        throw writeFault;
      }
    }

    @Override
    public void fence(long epoch) throws IOException {
      tries.add(epoch);
      if (fault != null) {
        throw fault;
      }
    }
  }

  private final FailingFence terms = new FailingFence();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final Sequences sequences = new Sequences(4, terms, new GracePeriod(), Sequences.RENEW_AT, nanos::get,
      Runnable::run);

  @Test
  void oneEpochIsSpentHoweverManyAreRefused() throws IOException {
    for (int second = 0; second < 3; second++) {
      for (int i = 0; i < 50; i++) {
        var refused = assertThrows(NoWritableVolumeException.class, sequences::next);
        assertEquals("b/volumes/fence", refused.getMessage());
        assertFalse(refused.isPassing());
        assertEquals(0, sequences.nextNow());
      }
      assertTrue(sequences.areRefused());
      assertFalse(sequences.haveBegun());
      nanos.addAndGet(Sequences.FENCE_AGAIN_NANOS);
    }
    terms.fault = null;
    assertEquals(CommitSequence.of(7, 1), sequences.next());
    assertFalse(sequences.areRefused());
    assertEquals(CommitSequence.of(7, 2), sequences.next());
    assertEquals(List.of(7L, 7L, 7L, 7L), terms.tries);
    assertEquals(1, terms.taken);
  }

  @Test
  void itIsTriedAgainWithoutARequestUntilItIsClosed() throws IOException {
    sequences.tryAgain();
    assertEquals(List.of(), terms.tries, "nobody has asked for a sequence");
    assertThrows(NoWritableVolumeException.class, sequences::next);
    terms.fault = null;
    assertThrows(NoWritableVolumeException.class, sequences::tryAgain, "too soon");
    nanos.addAndGet(Sequences.FENCE_AGAIN_NANOS);
    sequences.tryAgain();
    assertFalse(sequences.areRefused());
    assertEquals(CommitSequence.of(7, 1), sequences.next());

    var closed = new Sequences(4, terms, new GracePeriod(), Sequences.RENEW_AT, nanos::get,
        Runnable::run);
    terms.fault = new IOException("a scan failed");
    assertThrows(IOException.class, closed::next);
    closed.close();
    nanos.addAndGet(Sequences.FENCE_AGAIN_NANOS);
    int tries = terms.tries.size();
    closed.tryAgain();
    assertEquals(tries, terms.tries.size());
  }

  @Test
  void aCatalogThatHasStoppedIsNotToldOfAsAFence() {
    terms.fault = new RestartNeededException("stopped", new IOException("another process"));
    for (int i = 0; i < 2; i++) {
      assertThrows(RestartNeededException.class, sequences::next);
      assertFalse(sequences.areRefused());
    }
  }

  private Sequences renewedAtThree() throws IOException {
    terms.fault = null;
    var renewed = new Sequences(4, terms, new GracePeriod(), 3, nanos::get, Runnable::run);
    assertEquals(CommitSequence.of(7, 1), renewed.next());
    assertEquals(CommitSequence.of(7, 2), renewed.next());
    return renewed;
  }

  @Test
  void noneOfALaterEpochIsHandedOutBeforeItsFenceIsWritten() throws IOException {
    Sequences renewed = renewedAtThree();
    terms.writeFault = new NoWritableVolumeException("b/volumes/fence", false);
    for (int i = 3; i < 10; i++) {
      assertEquals(CommitSequence.of(7, i), renewed.next());
    }
    assertEquals(List.of(8L), terms.written, "too soon for another try");
    nanos.addAndGet(Sequences.RETRY_NANOS);
    assertEquals(CommitSequence.of(7, 10), renewed.next());
    nanos.addAndGet(Sequences.RETRY_NANOS);
    assertThrows(NoWritableVolumeException.class, renewed::tryAgain, "without a request too");
    assertEquals(List.of(8L, 8L, 8L), terms.written);
    assertFalse(renewed.areRefused());

    terms.writeFault = null;
    nanos.addAndGet(Sequences.RETRY_NANOS);
    renewed.tryAgain();
    assertEquals(CommitSequence.of(8, 1), renewed.next());
    assertEquals(List.of(7L, 8L), terms.tries);
    assertEquals(2, terms.taken);
  }

  @Test
  void aLaterEpochsFenceThatIsNotRaisedIsTriedAgain() throws IOException {
    Sequences renewed = renewedAtThree();
    terms.fault = new IOException("the volumes do not answer");
    assertEquals(CommitSequence.of(7, 3), renewed.next());
    assertEquals(CommitSequence.of(8, 1), renewed.next(), "it is written, so that nobody takes this epoch for his own");
    renewed.tryAgain();
    assertEquals(List.of(7L, 8L), terms.tries, "too soon");
    nanos.addAndGet(Sequences.RETRY_NANOS);
    assertThrows(IOException.class, renewed::tryAgain);
    terms.fault = null;
    nanos.addAndGet(Sequences.RETRY_NANOS);
    renewed.tryAgain();
    renewed.tryAgain();
    assertEquals(List.of(7L, 8L, 8L, 8L), terms.tries);
    assertEquals(CommitSequence.of(8, 2), renewed.next());
    assertEquals(CommitSequence.of(8, 3), renewed.next());
    assertEquals(CommitSequence.of(9, 1), renewed.next(), "and the next one follows");
    assertEquals(List.of(8L, 9L), terms.written);
  }
}
