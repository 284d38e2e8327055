package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/// One thing that administrators may ask for. Immutable.
///
/// @param name as in the shell, for instance `volume.list`
record AdminCommand(String name, Effect effect, Work work) {

  /// Whether others have to be kept out, and what is written down.
  enum Effect {
    /// Changes nothing.
    READS,
    /// Changes nothing unless the argument `apply` is true: tells before what it would do.
    CHANGES_IF_APPLIED,
    /// Changes something.
    CHANGES,
    /// About the lock itself.
    LOCKS
  }

  /// How it is answered.
  sealed interface Work {

    /// Within the request.
    @FunctionalInterface
    non-sealed interface Now extends Work {
      JsonNode answer(AdminCall call) throws IOException;
    }

    /// By a job. Arguments are read, and refused, before it begins.
    @FunctionalInterface
    non-sealed interface Later extends Work {
      Jobs.Work prepare(AdminCall call) throws IOException;
    }
  }

  static AdminCommand reads(String name, Work.Now work) {
    return new AdminCommand(name, Effect.READS, work);
  }

  static AdminCommand changes(String name, Work.Now work) {
    return new AdminCommand(name, Effect.CHANGES, work);
  }

  static AdminCommand changesIfApplied(String name, Work.Now work) {
    return new AdminCommand(name, Effect.CHANGES_IF_APPLIED, work);
  }

  static AdminCommand locks(String name, Work.Now work) {
    return new AdminCommand(name, Effect.LOCKS, work);
  }

  static AdminCommand readsLong(String name, Work.Later work) {
    return new AdminCommand(name, Effect.READS, work);
  }

  static AdminCommand changesLongIfApplied(String name, Work.Later work) {
    return new AdminCommand(name, Effect.CHANGES_IF_APPLIED, work);
  }

  /// @param apply as the request has it
  boolean mayChange(boolean apply) {
    return switch (effect) {
      case READS, LOCKS -> false;
      case CHANGES -> true;
      case CHANGES_IF_APPLIED -> apply;
    };
  }
}
