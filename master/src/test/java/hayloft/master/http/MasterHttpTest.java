package hayloft.master.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.common.FileId;
import hayloft.common.http.PortRoutes;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.token.FileIdAccess;
import hayloft.common.token.FileTokens;
import hayloft.master.FakeVolumeHost;
import hayloft.master.Master;
import hayloft.master.MasterConfig;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MasterHttpTest {

  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

  private final FakeVolumeHost host = new FakeVolumeHost("one");
  private final Master master;
  private final PortRoutes routes = new PortRoutes("master");
  private final MasterHttp http;

  MasterHttpTest(@TempDir Path directory) throws IOException {
    master = Master.open(directory, MasterConfig.DEFAULTS, CLOCK);
    http = new MasterHttp(master, new BlobAssigner(master), "127.0.0.1:9333", new FileIdAccess.Open(), routes);
  }

  @BeforeEach
  void register() throws IOException {
    master.register(host);
  }

  @AfterEach
  void close() throws IOException {
    master.close();
  }

  private FakeExchange call(HttpMethod method, String target) {
    var exchange = new FakeExchange(method, target);
    http.handle(exchange);
    return exchange;
  }

  private JsonNode get(int status, String target) throws IOException {
    FakeExchange exchange = call(HttpMethod.GET, target);
    assertEquals(status, exchange.status(), exchange.text());
    return exchange.json();
  }

  @Test
  void assignedFileIdsAreUsableAndNeverRepeat() throws IOException {
    Set<Long> keys = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      JsonNode answer = get(200, "/dir/assign?count=2");
      FileId fid = FileId.parse(answer.path("fid").asText());
      assertTrue(host.volumes.containsKey(fid.volume()) && master.isForBlobs(fid.volume()));
      assertTrue(keys.add(fid.key()) && keys.add(fid.key() + 1), "key " + fid.key() + " was given twice");
      assertEquals(2, answer.path("count").asInt());
      assertEquals("one:8080", answer.path("url").asText());
      assertEquals("one.example.test:80", answer.path("publicUrl").asText());
    }
  }

  @Test
  void aSealedVolumeIsAssignedNoMore() throws IOException {
    int first = FileId.parse(get(200, "/dir/assign").path("fid").asText()).volume();
    host.seal(first);
    int second = FileId.parse(get(200, "/dir/assign").path("fid").asText()).volume();
    assertTrue(second != first);
  }

  @Test
  void aStoppedMasterAssignsNothingThoughKeysOfALeaseAreLeft() throws IOException {
    get(200, "/dir/assign");
    master.close(); // its log takes nothing any more
    assertThrows(RestartNeededException.class, () -> master.takeCatalog(0));
    String why = get(503, "/dir/assign").path("error").asText();
    assertTrue(why.startsWith("the master's log stopped after a fault and needs a restart"), why);
  }

  @Test
  void theMostIdsAtOnceAreNamed() throws IOException {
    get(200, "/dir/assign?count=65536");
    for (String count : List.of("0", "65537", "999999999")) {
      assertEquals("count must be between 1 and 65536, got " + count,
          get(400, "/dir/assign?count=" + count).path("error").asText());
    }
    for (String count : List.of("-1", "1e3", "2147483648", "\u0662", "0x2")) {
      assertEquals("count must be a number between 1 and 65536, got \"" + count + "\"",
          get(400, "/dir/assign?count=" + URLEncoder.encode(count, UTF_8)).path("error").asText());
    }
  }

  @Test
  void parametersThatStandThereTwiceMustBeTheSame() throws IOException {
    assertEquals(2, get(200, "/dir/assign?count=2&count=2").path("count").asInt());
    for (String query : List.of("count=2&count=3", "count=2&count=", "collection=a&collection=b", "ttl=&ttl=3m")) {
      String why = get(400, "/dir/assign?" + query).path("error").asText();
      assertTrue(why.contains("several times"), why);
    }
  }

  @Test
  void tokensComeAlongWhenTheyAreAskedFor() throws IOException {
    var tokens = new FileTokens("secret", CLOCK);
    var guarded = new MasterHttp(master, new BlobAssigner(master), "127.0.0.1:9333", new FileIdAccess.ByToken(tokens),
        routes);
    var exchange = new FakeExchange(HttpMethod.POST, "/dir/assign?jwt=" + tokens.signForAll(Duration.ofMinutes(1)));
    guarded.handle(exchange);
    assertTrue(tokens.allows(exchange.json().path("auth").asText(), exchange.json().path("fid").asText()));
  }

  @Test
  void aVolumeIsLookedUpByItsIdOrAFileId() throws IOException {
    String fid = get(200, "/dir/assign").path("fid").asText();
    int volume = FileId.parse(fid).volume();
    assertEquals("one:8080", get(200, "/dir/lookup?volumeId=" + volume).path("locations").path(0).path("url").asText());
    assertEquals("one:8080", get(200, "/dir/lookup?volumeId=" + fid).path("locations").path(0).path("url").asText());
    assertEquals("volume id 99 not found", get(404, "/dir/lookup?volumeId=99").path("error").asText());
    get(400, "/dir/lookup");
  }

  @Test
  void volumesGrowOnDemand() throws IOException {
    assertEquals(3, get(200, "/vol/grow?count=3&collection=pictures").path("count").asInt());
    assertEquals(3, host.volumes.size());
    assertEquals(Set.of(1, 2, 3), host.volumes.keySet());
    get(400, "/vol/grow?count=many");
    get(400, "/vol/grow?count=0");
  }

  @Test
  void statusesShowTheTopology() throws IOException {
    get(200, "/vol/grow?count=2&collection=pictures");
    JsonNode node = get(200, "/dir/status").path("Topology").path("DataCenters").path(0).path("Racks").path(0)
        .path("DataNodes").path(0);
    assertEquals("one:8080", node.path("Url").asText());
    assertEquals(2, node.path("Volumes").asInt());
    assertEquals("[1,2]",
        get(200, "/dir/status").path("Topology").path("Layouts").path(0).path("writables").toString());
    JsonNode volume = get(200, "/vol/status").path("Volumes").path("DataCenters").path("dc1").path("rack1")
        .path("one:8080").path(1);
    assertEquals(2, volume.path("Id").asInt());
    assertEquals("pictures", volume.path("Collection").asText());
    assertEquals(2, get(200, "/cluster/status").path("MaxVolumeId").asInt());
    assertTrue(get(200, "/cluster/status").path("IsLeader").asBoolean());
  }

  @Test
  void whatIsNotThereIsSaid() throws IOException {
    assertEquals("replication 001 cannot be served yet: this version keeps one copy, use 000",
        get(400, "/dir/assign?replication=001").path("error").asText());
    get(400, "/dir/assign?ttl=3m");
    get(400, "/dir/assign?count=100000000");
    get(404, "/nothing");
    get(501, "/vol/vacuum");
    get(501, "/submit");
    FakeExchange wrong = call(HttpMethod.DELETE, "/dir/status");
    assertEquals(405, wrong.status());
    assertEquals("GET, HEAD", wrong.sent().get("allow"));
  }

  @Test
  void aPlaceThatCannotBeHadIsRefusedAndNotIgnored() throws IOException {
    for (String path : List.of("/dir/assign", "/vol/grow")) {
      for (String wrong : List.of("disk=x", "dataCenter=dc2", "rack=rack2", "dataNode=two:8080")) {
        String why = get(400, path + "?" + wrong).path("error").asText();
        assertTrue(why.contains("\"" + wrong.substring(wrong.indexOf('=') + 1) + "\""), why);
      }
      get(200, path + "?dataCenter=dc1&rack=rack1&dataNode=one:8080&disk=");
    }
  }

  @Test
  void formsChangeNothingWhereNoTokenIsAskedFor() throws IOException {
    for (String type : List.of("application/x-www-form-urlencoded", "Text/Plain; charset=utf-8",
        "multipart/form-data; boundary=x")) {
      for (String path : List.of("/dir/assign", "/vol/grow")) {
        var form = new FakeExchange(HttpMethod.POST, path).with("content-type", type);
        http.handle(form);
        assertEquals(403, form.status(), type);
      }
      var asking = new FakeExchange(HttpMethod.POST, "/dir/lookup?volumeId=99").with("content-type", type);
      http.handle(asking);
      assertEquals(404, asking.status());
      var tokens = new FileTokens("secret", CLOCK);
      var guarded = new MasterHttp(master, new BlobAssigner(master), "127.0.0.1:9333",
          new FileIdAccess.ByToken(tokens), new PortRoutes("master"));
      var shown = new FakeExchange(HttpMethod.POST, "/dir/assign?jwt=" + tokens.signForAll(Duration.ofMinutes(1)))
          .with("content-type", type);
      guarded.handle(shown);
      assertEquals(200, shown.status(), shown.text()); // no form of a stranger has a token
    }
    assertEquals(200, call(HttpMethod.POST, "/dir/assign").status());
    var json = new FakeExchange(HttpMethod.POST, "/dir/assign").with("content-type", "application/json");
    http.handle(json);
    assertEquals(200, json.status());
  }

  @Test
  void noRoomIsServiceUnavailable() throws IOException {
    host.fill();
    assertTrue(get(503, "/dir/assign").path("error").asText().contains("bytes free"));
  }

  @Test
  void headIsAnsweredWithoutABody() {
    FakeExchange head = call(HttpMethod.HEAD, "/cluster/status");
    assertEquals(200, head.status());
    assertEquals("", head.text());
    assertTrue(Integer.parseInt(head.sent().get("content-length")) > 0);
  }

  @Test
  void nothingChangesWithoutPermission() throws IOException {
    var tokens = new FileTokens("secret", CLOCK);
    String forOneId = tokens.sign("1,01637037d6", Duration.ofMinutes(1));
    String byAnother = new FileTokens("other", CLOCK).signForAll(Duration.ofMinutes(1));
    for (FileIdAccess access : List.of(new FileIdAccess.Closed(), new FileIdAccess.ByToken(tokens))) {
      var guarded = new MasterHttp(master, new BlobAssigner(master), "127.0.0.1:9333", access, routes);
      for (String target : List.of("/dir/assign", "/dir/assign?count=2&collection=x", "/vol/grow?count=3",
          "/dir/assign?jwt=" + forOneId, "/vol/grow?jwt=" + byAnother, "/dir/%61ssign", "/dir/assign?jwt=x.y.z")) {
        for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT)) {
          var exchange = new FakeExchange(method, target);
          guarded.handle(exchange);
          assertEquals(401, exchange.status(), target);
          assertEquals("Bearer", exchange.sent().get("www-authenticate"));
          String why = exchange.json().path("error").asText();
          assertTrue(why.contains("HAYLOFT_VOLUME_SECRET") && why.contains("--open-file-ids"), why);
        }
      }
      var status = new FakeExchange(HttpMethod.GET, "/dir/status");
      guarded.handle(status);
      assertEquals(200, status.status());
      assertTrue(status.text().contains("\"free\"") && !status.text().contains("disk0"), status.text());
    }
    assertEquals(Set.of(), host.volumes.keySet());
    assertTrue(!call(HttpMethod.GET, "/dir/status").text().contains("disk0"), "open, and yet told to anybody");
    var guarded = new MasterHttp(master, new BlobAssigner(master), "127.0.0.1:9333",
        new FileIdAccess.ByToken(tokens), routes);
    var trusted = new FakeExchange(HttpMethod.GET, "/dir/status?jwt=" + tokens.signForAll(Duration.ofMinutes(1)));
    guarded.handle(trusted);
    assertTrue(trusted.text().contains("disk0"), trusted.text());
  }

  @Test
  void collectionsHaveNamesAndABound() throws IOException {
    for (String name : List.of("a%20b", "%0aevent=forged", "a/b", "%C3%A4", "a".repeat(64))) {
      assertTrue(get(400, "/dir/assign?collection=" + name).path("error").asText().startsWith("a collection's name"));
      get(400, "/vol/grow?collection=" + name);
    }
    for (int i = 0; i < 100; i++) {
      get(200, "/dir/assign?collection=name." + i);
    }
    int volumes = host.volumes.size();
    for (String path : List.of("/dir/assign", "/vol/grow")) {
      assertEquals("collection \"name.100\" would be one too many: there are 100, and at most 100",
          get(400, path + "?collection=name.100").path("error").asText());
    }
    assertEquals(volumes, host.volumes.size());
    get(200, "/dir/assign?collection=name.99");
    get(200, "/dir/assign");
  }

  @Test
  void volumesGrowWithinSpaceAndNumberOrNotAtAll() throws IOException {
    assertTrue(get(503, "/vol/grow?count=100").path("error").asText().contains("bytes to begin with"));
    assertEquals(Set.of(), host.volumes.keySet());
    get(400, "/vol/grow?count=101");
  }
}
