package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.List;

/// `lock` and `unlock`. Thread-safe.
final class LockCommands {

  private static final long MOST_LEASE_SECONDS = 86_400;

  private final AdminLock lock;

  LockCommands(AdminLock lock) {
    this.lock = lock;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.locks("lock", this::lock), AdminCommand.locks("unlock", this::unlock));
  }

  private JsonNode lock(AdminCall call) {
    Arguments arguments = call.arguments();
    Duration lease = Duration
        .ofSeconds(arguments.number("leaseSeconds", AdminLock.USUAL_LEASE.toSeconds(), 1, MOST_LEASE_SECONDS));
    String what = arguments.optionalText("reason").orElse("maintenance");
    arguments.flag("renew");
    arguments.requireAllKnown();
    AdminLock.Holder holder = lock.lock(call.caller(), what, lease);
    return JsonNodeFactory.instance.objectNode().put("who", holder.caller().userId())
        .put("session", holder.caller().session()).put("reason", holder.what()).put("since", holder.since().toString())
        .put("until", holder.until().toString()).put("leaseSeconds", lease.toSeconds());
  }

  private JsonNode unlock(AdminCall call) {
    boolean force = call.arguments().flag("force");
    call.arguments().requireAllKnown();
    return JsonNodeFactory.instance.objectNode().put("wasLocked", lock.unlock(call.caller(), force));
  }
}
