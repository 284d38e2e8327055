package hayloft.cli.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/// What one role of the server said of itself. Immutable.
///
/// @param state as `/readyz` of roles has it: `starting`, `ready`, `read_only`, `stopping`; `unreachable` if nobody
/// answered as a role does, and empty if it did not say
/// @param reason what it is doing, if it is not ready; empty if it is
/// @param version of the program; empty if it did not say
record RoleHealth(String role, String address, boolean isGood, String state, String reason, String version) {

  private static final String UNREACHABLE = "unreachable";
  private static final String NOT_READY = "not ready: ";
  private static final ObjectMapper JSON = new ObjectMapper();

  static RoleHealth of(String role, HealthProbe probe, String path) {
    try {
      HealthProbe.Answer answer = probe.ask(path);
      return answer.body().startsWith("{") ? ofRole(role, probe.shown(), answer) : ofS3(role, probe.shown(), answer);
    } catch (IOException e) {
      return new RoleHealth(role, probe.shown(), false, UNREACHABLE, String.valueOf(e.getMessage()), "");
    }
  }

  /// The S3 port says it in a line, since anybody reads it.
  private static RoleHealth ofS3(String role, String address, HealthProbe.Answer answer) {
    if (answer.isGood()) {
      return new RoleHealth(role, address, true, "", "", "");
    }
    String said = answer.body();
    return said.startsWith(NOT_READY)
        ? new RoleHealth(role, address, false, "", said.substring(NOT_READY.length()), "")
        : new RoleHealth(role, address, false, UNREACHABLE, "what answers at " + address + " with status "
            + answer.status() + " is no port of a Hayloft server", "");
  }

  private static RoleHealth ofRole(String role, String address, HealthProbe.Answer answer) throws IOException {
    JsonNode said;
    try {
      said = JSON.readTree(answer.body());
    } catch (JsonProcessingException _) {
      throw new IOException("what answers at " + address + " is no port of a Hayloft server");
    }
    String state = said.path("status").asText();
    return new RoleHealth(role, address, answer.isGood(), state,
        state.equals("ready") ? "" : said.path("detail").asText(), said.path("version").asText());
  }

  /// In the words of a role that said more.
  RoleHealth in(String itsState) {
    return state.isEmpty() ? new RoleHealth(role, address, isGood, itsState, reason, version) : this;
  }

  /// The same fields for the whole server and for a role.
  ObjectNode told() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("ready", isGood && state.equals("ready"))
        .put("state", state);
    return reason.isEmpty() ? json.putNull("reason") : json.put("reason", reason);
  }

  static ObjectNode withName(RoleHealth role) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("role", role.role()).put("address", role.address());
    return json.setAll(role.told());
  }
}
