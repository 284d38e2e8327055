package hayloft.master.state;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Commands and the whole state as JSON; the one class that knows their form. Stateless.
///
/// A command is `{"do": name, …its parts}`. A snapshot is
/// `{"level", "highestVolumeId", "highestKey", "epoch", "nodes": […], "volumes": […]}`. Readers skip fields that they
/// do not know and refuse commands that they do not know: a skipped command would be a forgotten one.
public final class StateJson {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private StateJson() {}

  public static ObjectNode write(Command command) {
    ObjectNode json = JSON.objectNode();
    switch (command) {
      case Command.RegisterNode(var node) -> json.put("do", "registerNode").set("node", node(node));
      case Command.RaiseFloors(int volume, long key) ->
        json.put("do", "raiseFloors").put("volume", volume).put("key", key);
      case Command.ReserveVolumeId _ -> json.put("do", "reserveVolumeId");
      case Command.ReserveKeys(int count) -> json.put("do", "reserveKeys").put("count", count);
      case Command.TakeEpoch(long floor) -> json.put("do", "takeEpoch").put("floor", floor);
      case Command.RaiseLevel(int level) -> json.put("do", "raiseLevel").put("level", level);
      case Command.ForgetVolume(int volume) -> json.put("do", "forgetVolume").put("volume", volume);
      case Command.RecordVolume(var volume) -> json.put("do", "recordVolume").set("volume", volume(volume));
      case Command.MoveVolume(int volume, var next) ->
        json.put("do", "moveVolume").put("volume", volume).put("to", next.name());
      case Command.AssignPurpose(int volume, var purpose) ->
        json.put("do", "assignPurpose").put("volume", volume).put("purpose", purpose.name());
    }
    return json;
  }

  /// @throws IllegalArgumentException if this is no command that this version knows
  public static Command readCommand(JsonNode json) {
    String name = text(json, "do");
    return switch (name) {
      case "registerNode" -> new Command.RegisterNode(readNode(json.path("node")));
      case "raiseFloors" -> new Command.RaiseFloors(Math.toIntExact(number(json, "volume")), number(json, "key"));
      case "reserveVolumeId" -> new Command.ReserveVolumeId();
      case "reserveKeys" -> new Command.ReserveKeys(Math.toIntExact(number(json, "count")));
      case "takeEpoch" -> new Command.TakeEpoch(number(json, "floor"));
      case "raiseLevel" -> new Command.RaiseLevel(Math.toIntExact(number(json, "level")));
      case "forgetVolume" -> new Command.ForgetVolume(Math.toIntExact(number(json, "volume")));
      case "recordVolume" -> new Command.RecordVolume(readVolume(json.path("volume")));
      case "moveVolume" ->
        new Command.MoveVolume(Math.toIntExact(number(json, "volume")), VolumeState.valueOf(text(json, "to")));
      case "assignPurpose" ->
        new Command.AssignPurpose(Math.toIntExact(number(json, "volume")),
            VolumePurpose.valueOf(text(json, "purpose")));
      default -> throw new IllegalArgumentException("no command is called " + name);
    };
  }

  public static ObjectNode write(MasterState state) {
    ObjectNode json = JSON.objectNode().put("level", state.level()).put("highestVolumeId", state.highestVolumeId())
        .put("highestKey", state.highestKey())
        .put("epoch", state.epoch());
    var nodes = json.putArray("nodes");
    state.nodes().forEach(node -> nodes.add(node(node)));
    var volumes = json.putArray("volumes");
    state.volumes().forEach(volume -> volumes.add(volume(volume)));
    return json;
  }

  /// @throws IllegalArgumentException if a part is missing or wrong
  public static MasterState readState(JsonNode json) {
    List<NodeAddress> nodes = new ArrayList<>();
    json.path("nodes").forEach(node -> nodes.add(readNode(node)));
    List<VolumeEntry> volumes = new ArrayList<>();
    json.path("volumes").forEach(volume -> volumes.add(readVolume(volume)));
    int level = json.has("level") ? Math.toIntExact(number(json, "level")) : 1; // level 1 did not say it
    return new MasterState(level, Math.toIntExact(number(json, "highestVolumeId")), number(json, "highestKey"),
        number(json, "epoch"), nodes, volumes);
  }

  private static ObjectNode node(NodeAddress node) {
    return JSON.objectNode().put("id", node.id()).put("url", node.url()).put("publicUrl", node.publicUrl())
        .put("dataCentre", node.dataCentre()).put("rack", node.rack());
  }

  private static NodeAddress readNode(JsonNode json) {
    return new NodeAddress(text(json, "id"), text(json, "url"), text(json, "publicUrl"), text(json, "dataCentre"),
        text(json, "rack"));
  }

  private static ObjectNode volume(VolumeEntry volume) {
    VolumeSpec spec = volume.spec();
    ObjectNode json = JSON.objectNode().put("id", spec.id()).put("collection", spec.collection())
        .put("placement", spec.placement().toString()).put("diskType", spec.diskType())
        .put("limitBytes", spec.limitBytes()).put("purpose", volume.purpose().name())
        .put("state", volume.state().name())
        .put("createdAt", volume.createdAt().toString());
    var nodes = json.putArray("nodes");
    volume.nodes().forEach(nodes::add);
    return json;
  }

  private static VolumeEntry readVolume(JsonNode json) {
    var spec = new VolumeSpec(Math.toIntExact(number(json, "id")), text(json, "collection"),
        ReplicaPlacement.parse(text(json, "placement")), text(json, "diskType"), number(json, "limitBytes"));
    List<String> nodes = new ArrayList<>();
    json.path("nodes").forEach(node -> nodes.add(node.asText()));
    return new VolumeEntry(spec, VolumePurpose.valueOf(text(json, "purpose")), VolumeState.valueOf(text(json, "state")),
        nodes, Instant.parse(text(json, "createdAt")));
  }

  private static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("text field " + field + " is missing in " + json);
    }
    return value.textValue();
  }

  private static long number(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("number field " + field + " is missing in " + json);
    }
    return value.longValue();
  }
}
