package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AdminLockTest {

  private static final Caller ONE = new Caller("root", "1");
  private static final Caller TWO = new Caller("root", "2");
  private static final Duration LEASE = Duration.ofSeconds(30);

  private Instant now = Instant.EPOCH;
  private final AdminLock lock = new AdminLock(() -> now);

  @Test
  void oneHoldsItAndTheOtherIsToldWho() {
    lock.lock(ONE, "repairs", LEASE);
    assertThrows(AdminRefusal.class, () -> lock.lock(TWO, "", LEASE));
    AdminRefusal refusal = assertThrows(AdminRefusal.class, () -> lock.during(TWO, "volume.vacuum"));
    assertEquals(409, refusal.status());
    assertTrue(refusal.text().contains("root (session 1) for repairs"), refusal.text());
    lock.during(ONE, "volume.vacuum").close();
    assertTrue(lock.unlock(ONE, false));
    lock.during(TWO, "volume.vacuum").close();
    assertFalse(lock.unlock(ONE, false), "it is free");
  }

  @Test
  void aLeaseLapsesUnlessItIsRenewed() {
    lock.lock(ONE, "repairs", LEASE);
    now = now.plus(LEASE);
    assertEquals(Instant.EPOCH, lock.lock(ONE, "repairs", LEASE).since(), "renewed, so held all the time");
    now = now.plus(LEASE).plusMillis(1);
    assertEquals(Optional.empty(), lock.holderNow());
    lock.lock(TWO, "", LEASE);
    assertThrows(AdminRefusal.class, () -> lock.lock(ONE, "", LEASE));
  }

  @Test
  void whatRunsKeepsOthersOutForAsLongAsItRuns() {
    AdminLock.Hold first = lock.during(ONE, "volume.vacuum");
    AdminLock.Hold second = lock.during(ONE, "volume.mark");
    now = now.plus(Duration.ofDays(1));
    assertThrows(AdminRefusal.class, () -> lock.during(TWO, "volume.mark"));
    assertThrows(AdminRefusal.class, () -> lock.lock(TWO, "", LEASE));
    assertEquals("volume.vacuum", lock.holderNow().orElseThrow().what());
    first.close();
    assertThrows(AdminRefusal.class, () -> lock.lock(TWO, "", LEASE));
    second.close();
    lock.lock(TWO, "", LEASE);
  }

  @Test
  void forceBreaksIt() {
    lock.lock(ONE, "", LEASE);
    assertThrows(AdminRefusal.class, () -> lock.unlock(TWO, false));
    assertTrue(lock.unlock(TWO, true));
    lock.during(TWO, "volume.mark").close();
  }
}
