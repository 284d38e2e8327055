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

/// What becomes of the first epoch when it cannot be fenced?
final class SequencesTest {

  private static final class FailingFence implements Sequences.Terms {
    private @Nullable IOException fault = new NoWritableVolumeException("b/volumes/fence", false);
    private int taken;
    private final List<Long> tries = new ArrayList<>();

    @Override
    public long take() {
      return 7 + taken++;
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
  private final Sequences sequences = new Sequences(4, terms, new GracePeriod(), Sequences.RENEW_AT, nanos::get);

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

    var closed = new Sequences(4, terms, new GracePeriod(), Sequences.RENEW_AT, nanos::get);
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
}
