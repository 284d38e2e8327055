package hayloft.common.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.health.Readiness.Phase;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ReadinessTest {

  private final Readiness readiness = new Readiness();
  private final AtomicReference<Optional<String>> halted = new AtomicReference<>(Optional.empty());

  private String told() {
    Readiness.State state = readiness.state();
    return state.phase() + " " + state.detail();
  }

  @Test
  void aPartThatStoppedLeavesReads() {
    readiness.watch(halted::get);
    readiness.ready();
    assertEquals("READY ready", told());
    halted.set(Optional.of("the barn burns"));
    assertEquals("READ_ONLY the barn burns", told());
    assertTrue(readiness.state().serves());
    assertFalse(readiness.isReady());
    readiness.startingAgain();
    assertEquals(Phase.STARTING, readiness.state().phase());
    assertFalse(readiness.state().serves());
    readiness.watch(Optional::empty);
    readiness.ready();
    assertEquals("READY ready", told());
  }

  @Test
  void aPartThatStopsDuringTheStartIsNotForgotten() {
    halted.set(Optional.of("the barn burns"));
    readiness.watch(halted::get);
    readiness.starting("opening the barn");
    assertEquals("STARTING opening the barn", told());
    readiness.ready();
    assertEquals("READ_ONLY the barn burns", told());
    readiness.stopping();
    assertEquals("STOPPING stopping", told());
    readiness.startingAgain();
    readiness.ready();
    assertEquals("STOPPING stopping", told());
  }

  @Test
  void whoeverListensIsToldOfEveryChange() {
    var told = new StringBuilder();
    readiness.onChange(state -> told.append(state.phase()).append(' ').append(state.detail()).append('\n'));
    readiness.starting("counting straws");
    readiness.ready();
    readiness.starting("too late");
    readiness.startingAgain();
    readiness.stopping();
    assertEquals("STARTING counting straws\nREADY ready\nSTARTING starting again after a fault of catalog or master\n"
        + "STOPPING stopping\n", told.toString());
  }
}
