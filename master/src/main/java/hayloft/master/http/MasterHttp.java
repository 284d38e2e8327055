package hayloft.master.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.FileId;
import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.JsonAnswer;
import hayloft.common.http.Outage;
import hayloft.common.http.PortRoutes;
import hayloft.common.http.SiteGuard;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.token.FileIdAccess;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.master.Master;
import hayloft.master.Topology;
import hayloft.master.placement.Demand;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Answers the master's port. Thread-safe. The paths and JSON names are those of SeaweedFS's master, for the programs
/// that use them:
///
/// | path | answer |
/// |---|---|
/// | `/dir/assign?count=&collection=&replication=&disk=` | `{"fid", "url", "publicUrl", "count"}`, `"auth"` |
/// | `/dir/lookup?volumeId=` | `{"volumeOrFileId", "locations": [{"url", "publicUrl"}]}` |
/// | `/dir/status`, `/vol/status`, `/cluster/status` | the topology, its volumes, who leads |
/// | `/vol/grow?count=&collection=&replication=&disk=` | `{"count"}` |
///
/// Assigning and growing is for those whom [FileIdAccess] allows it, and only they are told the directories of disks.
/// Where no token is asked for, a body of a kind that a page's form sends without asking is refused (403): what it has
/// to say stands in the query, so no program needs one, and old browsers do not tell whose page it was.
///
/// Errors are `{"error": why}`: 400 a wrong parameter, 401 not allowed, 404 no such path or volume, 405 a wrong method,
/// 501 a path of SeaweedFS's that does not exist here, 503 no room.
public final class MasterHttp implements HttpHandler {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Duration TOKEN_VALID_FOR = Duration.ofSeconds(10);
  private static final int MOST_GROWN = 100;
  private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final Set<HttpMethod> ANY = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.PUT);
  private static final Set<HttpMethod> CHANGING = Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT);
  private static final List<String> NOT_HERE = List.of("/submit", "/col/", "/vol/vacuum", "/stats/", "/cluster/",
      "/dir/", "/vol/");

  private final Master master;
  private final BlobAssigner assigner;
  private final String leader;
  private final FileIdAccess access;
  private final Map<String, Route> routes;

  /// @param assigner hands out file ids; the volumes' port asks it which may be written
  /// @param leader `host:port` of this master, as `/cluster/status` tells it
  /// @param access who may assign and grow, and is told where data lies
  /// @param counted requests are counted there
  public MasterHttp(Master master, BlobAssigner assigner, String leader, FileIdAccess access,
      PortRoutes counted) {
    this.master = master;
    this.assigner = assigner;
    this.leader = leader;
    this.access = access;
    this.routes = Map.of("/dir/assign", new Route(CHANGING, true, this::assign, counted.route("assign")), "/dir/lookup",
        new Route(ANY, false, this::lookup, counted.route("lookup")), "/dir/status",
        new Route(READING, false, this::directoryStatus, counted.route("directory_status")), "/cluster/status",
        new Route(READING, false, _ -> clusterStatus(), counted.route("cluster_status")), "/vol/status",
        new Route(READING, false, _ -> volumeStatus(), counted.route("volume_status")), "/vol/grow",
        new Route(CHANGING, true, this::grow, counted.route("grow")));
  }

  /// One path.
  ///
  /// @param changes something, so that not everybody may
  private record Route(Set<HttpMethod> methods, boolean changes, Answering answering, ExchangeWatcher watcher) {}

  @FunctionalInterface
  private interface Answering {
    JsonNode answer(Query query) throws IOException;
  }

  @Override
  public void handle(HttpExchange exchange) {
    var target = new QueryStringDecoder(exchange.target());
    Route route = routes.get(target.path());
    if (route == null) {
      boolean known = NOT_HERE.stream().anyMatch(target.path()::startsWith);
      JsonAnswer.error(exchange, known ? 501 : 404,
          known ? target.path() + " is not implemented" : "no such path: " + target.path());
      return;
    }
    exchange.watch(route.watcher());
    if (!route.methods().contains(exchange.method())) {
      var headers = new DefaultHttpHeaders();
      headers.set(HttpHeaderNames.ALLOW,
          String.join(", ", route.methods().stream().map(HttpMethod::name).sorted().toList()));
      JsonAnswer.send(exchange, 405, headers,
          JSON.objectNode().put("error", exchange.method() + " is not allowed here"));
      return;
    }
    if (route.changes() && !access.allowsAll(exchange.headers(), target)) {
      JsonAnswer.unauthorized(exchange, target.path() + ": " + FileIdAccess.HOW);
      return;
    }
    if (route.changes() && access instanceof FileIdAccess.Open && exchange.method().equals(HttpMethod.POST)
        && SiteGuard.isOfAForm(exchange.headers())) {
      JsonAnswer.error(exchange, 403, "a form of a web page may not change anything here: send the parameters in the"
          + " query and no Content-Type");
      return;
    }
    exchange.fork(() -> answer(exchange, route, new Query(target.parameters(),
        access.tellsPlaces(exchange.headers(), target))));
  }

  private static void answer(HttpExchange exchange, Route route, Query query) throws IOException {
    try {
      JsonNode answer = route.answering().answer(query);
      JsonAnswer.send(exchange, answer.has("error") ? 404 : 200, answer);
    } catch (IllegalArgumentException e) {
      JsonAnswer.error(exchange, 400, "" + e.getMessage());
    } catch (IOException e) {
      if (!Outage.is(e)) {
        throw e;
      }
      JsonAnswer.error(exchange, 503, "" + e.getMessage());
    }
  }

  private JsonNode assign(Query query) throws IOException {
    int count = query.count(1, assigner.mostAtOnce());
    FileId fid = assigner.assign(demand(query), count);
    NodeAddress node = master.lookup(fid.volume()).stream().findFirst()
        .orElseThrow(() -> new NoWritableVolumeException("volume " + fid.volume() + " has just gone"));
    ObjectNode answer = JSON.objectNode().put("fid", fid.toString()).put("url", node.url())
        .put("publicUrl", node.publicUrl())
        .put("count", count);
    access.grant(fid.toString(), TOKEN_VALID_FOR).ifPresent(token -> answer.put("auth", token));
    return answer;
  }

  private JsonNode lookup(Query query) throws IOException {
    String asked = query.text("volumeId", query.text("fileId", ""));
    int comma = asked.indexOf(',');
    int volume;
    try {
      volume = Integer.parseInt(comma < 0 ? asked : asked.substring(0, comma));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("volumeId must be a volume id or a file id, got \"" + asked + "\"", e);
    }
    ObjectNode answer = JSON.objectNode().put("volumeOrFileId", asked);
    List<NodeAddress> nodes = master.lookup(volume);
    if (nodes.isEmpty()) {
      return answer.put("error", "volume id " + volume + " not found");
    }
    ArrayNode locations = answer.putArray("locations");
    nodes.forEach(node -> locations.addObject().put("url", node.url()).put("publicUrl", node.publicUrl()));
    return answer;
  }

  private JsonNode grow(Query query) throws IOException {
    return JSON.objectNode().put("count", master.grow(demand(query), query.count(1, MOST_GROWN)).size());
  }

  /// What was asked for and cannot be had is said: a program that asked for another place would believe it was there.
  private Demand demand(Query query) {
    if (!query.text("ttl", "").isEmpty()) {
      throw new IllegalArgumentException("ttl is not implemented");
    }
    List<Topology.Server> servers = master.topology().servers();
    String disk = query.text("disk", "");
    if (!disk.isEmpty() && servers.stream().flatMap(server -> server.disks().stream())
        .noneMatch(its -> its.diskType().equals(disk))) {
      throw new IllegalArgumentException("there are no disks of type \"" + disk + "\"");
    }
    requireEverywhere(query, "dataCenter", servers, NodeAddress::dataCentre);
    requireEverywhere(query, "rack", servers, NodeAddress::rack);
    requireEverywhere(query, "dataNode", servers, NodeAddress::url);
    return new Demand(VolumePurpose.BLOB, query.text("collection", ""),
        ReplicaPlacement.parse(query.text("replication", ReplicaPlacement.NONE.toString())), disk);
  }

  /// Volumes are not placed by this, so it may only name where everything lies.
  private static void requireEverywhere(Query query, String name, List<Topology.Server> servers,
      Function<NodeAddress, String> place) {
    String wanted = query.text(name, "");
    if (!wanted.isEmpty() && !servers.stream().allMatch(server -> place.apply(server.address()).equals(wanted))) {
      throw new IllegalArgumentException(
          name + " is not implemented: volumes are not placed by it, and not all are in \""
              + wanted + "\"");
    }
  }

  private JsonNode clusterStatus() {
    return JSON.objectNode().put("IsLeader", true).put("Leader", leader).put("MaxVolumeId",
        master.topology().highestVolumeId());
  }

  private JsonNode directoryStatus(Query query) {
    Topology topology = master.topology();
    ObjectNode answer = JSON.objectNode();
    ObjectNode tree = answer.putObject("Topology");
    ArrayNode centres = tree.putArray("DataCenters");
    byPlace(topology).forEach((centre, racks) -> {
      ObjectNode centreJson = centres.addObject().put("Id", centre);
      ArrayNode racksJson = centreJson.putArray("Racks");
      racks.forEach((rack, servers) -> {
        ArrayNode nodes = racksJson.addObject().put("Id", rack).putArray("DataNodes");
        servers.forEach(server -> nodes.add(node(server, query.trusted())));
      });
    });
    ArrayNode layouts = tree.putArray("Layouts");
    layouts(topology).forEach((kind, ids) -> {
      ObjectNode layout = layouts.addObject().put("collection", kind.collection())
          .put("replication", kind.replication())
          .put("diskType", kind.diskType()).put("purpose", kind.purpose().name());
      ArrayNode writables = layout.putArray("writables");
      ids.forEach(writables::add);
    });
    return answer.put("Version", "Hayloft");
  }

  /// @param trusted whoever asks may know where data lies
  private static ObjectNode node(Topology.Server server, boolean trusted) {
    ObjectNode json = JSON.objectNode().put("Id", server.address().id()).put("Url", server.address().url())
        .put("PublicUrl", server.address().publicUrl()).put("Connected", server.connected())
        .put("Volumes", server.volumes().size());
    ArrayNode disks = json.putArray("Disks");
    server.disks().forEach(disk -> {
      ObjectNode shown = disks.addObject();
      if (trusted) {
        shown.put("dir", disk.directory());
      }
      shown.put("disk_type", disk.diskType()).put("all", disk.totalBytes())
          .put("used", disk.totalBytes() - disk.freeBytes()).put("free", disk.freeBytes())
          .put("reserved", disk.reserveBytes()).put("writable", disk.writable());
    });
    return json;
  }

  private JsonNode volumeStatus() {
    Topology topology = master.topology();
    ObjectNode answer = JSON.objectNode().put("Version", "Hayloft");
    ObjectNode tree = answer.putObject("Volumes").putObject("DataCenters");
    byPlace(topology).forEach((centre, racks) -> {
      ObjectNode centreJson = tree.putObject(centre);
      racks.forEach((rack, servers) -> {
        ObjectNode rackJson = centreJson.putObject(rack);
        servers.forEach(server -> {
          ArrayNode volumes = rackJson.putArray(server.address().url());
          server.volumes().forEach(volume -> volumes.add(volume(volume)));
        });
      });
    });
    return answer;
  }

  private static ObjectNode volume(VolumeStatus volume) {
    return JSON.objectNode().put("Id", volume.spec().id()).put("Size", volume.sizeBytes())
        .put("ReplicaPlacement", volume.spec().placement().toString()).put("Collection", volume.spec().collection())
        .put("DiskType", volume.spec().diskType()).put("FileCount", volume.liveNeedles() + volume.deadNeedles())
        .put("DeleteCount", volume.deadNeedles()).put("DeletedByteCount", volume.deadBytes())
        .put("ReadOnly", volume.state() != VolumeState.WRITABLE || volume.unwritable().isPresent())
        .put("State", volume.state().name()).put("CompactRevision", volume.generation());
  }

  private static Map<String, Map<String, List<Topology.Server>>> byPlace(Topology topology) {
    Map<String, Map<String, List<Topology.Server>>> places = new TreeMap<>();
    topology.servers().forEach(server -> places.computeIfAbsent(server.address().dataCentre(), _ -> new TreeMap<>())
        .computeIfAbsent(server.address().rack(), _ -> new ArrayList<>()).add(server));
    return places;
  }

  /// What a writable volume is for, in the order in which the status shows it.
  private record Kind(String collection, String replication, String diskType, VolumePurpose purpose) {
    static Kind of(VolumeEntry volume) {
      return new Kind(volume.spec().collection(), volume.spec().placement().toString(), volume.spec().diskType(),
          volume.purpose());
    }
  }

  private static Map<Kind, List<Integer>> layouts(Topology topology) {
    Map<Kind, List<Integer>> kinds = new java.util.LinkedHashMap<>();
    topology.volumes().stream().filter(volume -> volume.state() == VolumeState.WRITABLE)
        .forEach(volume -> kinds.computeIfAbsent(Kind.of(volume), _ -> new ArrayList<>()).add(volume.id()));
    return kinds;
  }

  /// The parameters of a request.
  ///
  /// @param trusted who asks may know where data lies
  private record Query(Map<String, List<String>> parameters, boolean trusted) {

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    String text(String name, String otherwise) {
      List<String> values = parameters.getOrDefault(name, List.of("")).stream().distinct().toList();
      if (values.size() > 1) {
        throw new IllegalArgumentException(name + " stands there several times, and not with one value");
      }
      return values.getFirst().isEmpty() ? otherwise : values.getFirst();
    }

    int count(int otherwise, int most) {
      String text = text("count", Integer.toString(otherwise));
      if (!NUMBER.matcher(text).matches()) {
        throw new IllegalArgumentException("count must be a number between 1 and " + most + ", got \"" + text + "\"");
      }
      int count = Integer.parseInt(text);
      if (count < 1 || count > most) {
        throw new IllegalArgumentException("count must be between 1 and " + most + ", got " + text);
      }
      return count;
    }
  }
}
