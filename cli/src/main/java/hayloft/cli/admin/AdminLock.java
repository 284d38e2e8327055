package hayloft.cli.admin;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The exclusive lock of administrators: while one holds it, nobody else's request changes anything. Thread-safe; in
/// memory, so a restart frees it.
///
///     FREE --lock--> HELD until its lease lapses --renewed by its session--> HELD
///     HELD --unlock, lapsed, or broken by force--> FREE
///
/// A request that changes something takes the lock for as long as it runs, if its session does not hold it already:
/// such holds do not lapse, and two requests of the same session may overlap.
final class AdminLock {

  static final Duration USUAL_LEASE = Duration.ofSeconds(30);

  /// @param until when it lapses
  record Holder(Caller caller, String what, Instant since, Instant until) {}

  private final InstantSource clock;
  private @Nullable Holder holder;
  private @Nullable Caller working;
  private String work = "";
  private Instant workingSince = Instant.EPOCH;
  private int workers;

  AdminLock(InstantSource clock) {
    this.clock = clock;
  }

  /// Takes or renews it.
  ///
  /// @throws AdminRefusal if somebody else has it
  synchronized Holder lock(Caller caller, String what, Duration lease) {
    refuseIfHeldByAnother(caller);
    Holder present = present();
    Instant now = clock.instant();
    var held = new Holder(caller, what, present == null ? now : present.since(), now.plus(lease));
    holder = held;
    return held;
  }

  /// False if it was free.
  ///
  /// @param force takes it away from whoever has it
  /// @throws AdminRefusal if somebody else has it
  synchronized boolean unlock(Caller caller, boolean force) {
    Holder present = present();
    if (present == null) {
      return false;
    }
    if (!force && !present.caller().isSameSession(caller)) {
      throw held(present.caller(), present.what(), present.since(), "until " + present.until());
    }
    holder = null;
    return true;
  }

  /// Who has it now, the requests that run included.
  synchronized Optional<Holder> holderNow() {
    Holder present = present();
    Caller worker = working;
    return present == null && worker != null
        ? Optional.of(new Holder(worker, work, workingSince, Instant.MAX))
        : Optional.ofNullable(present);
  }

  /// Until it is closed nobody else changes anything.
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /// @throws AdminRefusal if somebody else has it
  synchronized Hold during(Caller caller, String what) {
    refuseIfHeldByAnother(caller);
    if (workers++ == 0) {
      working = caller;
      work = what;
      workingSince = clock.instant();
    }
    return this::workEnded;
  }

  private synchronized void workEnded() {
    if (--workers == 0) {
      working = null;
    }
  }

  private void refuseIfHeldByAnother(Caller caller) {
    Holder present = present();
    if (present != null && !present.caller().isSameSession(caller)) {
      throw held(present.caller(), present.what(), present.since(), "until " + present.until());
    }
    Caller worker = working;
    if (worker != null && !worker.isSameSession(caller)) {
      throw held(worker, work, workingSince, "until it is done");
    }
  }

  private static AdminRefusal held(Caller by, String what, Instant since, String until) {
    return new AdminRefusal(409, "Locked", "the admin lock is held by " + by.text() + " for " + what + ", since "
        + since + ", " + until + "; cluster.status shows it, unlock -force breaks what is no work under way");
  }

  private @Nullable Holder present() {
    Holder present = holder;
    if (present != null && clock.instant().isAfter(present.until())) {
      holder = null;
      return null;
    }
    return present;
  }
}
