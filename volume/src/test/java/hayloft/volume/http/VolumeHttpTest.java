package hayloft.volume.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.http.PortRoutes;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.token.FileIdAccess;
import hayloft.common.token.FileTokens;
import hayloft.common.volume.BlobIds;
import hayloft.common.volume.NeedleKind;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VolumeHttpTest {

  private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z"));
  private static final String FID = "/3,01637037d6";

  private final FakeVolumes volumes = new FakeVolumes();
  private final PortRoutes routes = new PortRoutes("volume");
  private final Ids ids = new Ids();
  private Optional<IOException> deletionFault = Optional.empty();
  private final VolumeHttp http = http(new FileIdAccess.Open());

  private VolumeHttp http(FileIdAccess access) {
    return http(access, UploadedBlob.MAX_BYTES);
  }

  private VolumeHttp http(FileIdAccess access, int largestBlobBytes) {
    return http(access, 72 << 20, largestBlobBytes);
  }

  private VolumeHttp http(FileIdAccess access, int uploadMemoryBytes, int largestBlobBytes) {
    return new VolumeHttp(volumes, volumes, volumes, ids, this::delete, Durability.FSYNC, access, CLOCK,
        uploadMemoryBytes, largestBlobBytes, routes);
  }

  private VolumeHttp unsynced() {
    return new VolumeHttp(volumes, volumes, volumes, ids, this::delete, Durability.OS, new FileIdAccess.Open(), CLOCK,
        72 << 20, UploadedBlob.MAX_BYTES, new PortRoutes("unsynced"));
  }

  private void delete(int volume, List<Long> keys) throws IOException {
    if (deletionFault.isPresent()) {
      throw deletionFault.get();
    }
    volumes.markDead(volume, 1, keys);
  }

  /// All ids of volume 3 were handed out, until a restart.
  private static final class Ids implements BlobIds {
    private final Set<FileId> written = new HashSet<>();
    private boolean restarted;

    @Override
    public boolean isForBlobs(int volume) {
      return volume == 3;
    }

    @Override
    public boolean mayBeWritten(FileId id) {
      return !restarted && isForBlobs(id.volume()) && !written.contains(id);
    }

    @Override
    public void written(FileId id) {
      written.add(id);
    }
  }

  private FakeExchange call(FakeExchange exchange) {
    http.handle(exchange);
    return exchange;
  }

  private FakeExchange get(String target) {
    return call(new FakeExchange(HttpMethod.GET, target));
  }

  private FakeExchange post(String target, byte[] bytes) {
    return call(new FakeExchange(HttpMethod.POST, target).sending(bytes, 1000).with("content-type", "image/png"));
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] form(byte[] file) {
    byte[] head = """
        --frontier\r
        Content-Disposition: form-data; name="comment"\r
        \r
        hello\r
        --frontier\r
        Content-Disposition: form-data; name="file"; filename="gr\\"u.jpg"\r
        Content-Type: image/jpeg\r
        \r
        """.getBytes(UTF_8);
    byte[] tail = "\r\n--frontier--\r\n".getBytes(UTF_8);
    byte[] whole = Arrays.copyOf(head, head.length + file.length + tail.length);
    System.arraycopy(file, 0, whole, head.length, file.length);
    System.arraycopy(tail, 0, whole, head.length + file.length, tail.length);
    return whole;
  }

  @Test
  void aBlobComesBackAsItWasSent() throws IOException {
    for (int length : new int[]{0, 1, 999, 256 << 10, (256 << 10) + 1, 1_000_000}) {
      String fid = "/3," + Integer.toHexString(0x10 + length) + "637037d6";
      FakeExchange stored = post(fid, bytes(length));
      assertEquals(201, stored.status());
      assertEquals(length, stored.json().path("size").asInt());
      FakeExchange got = get(fid);
      assertEquals(200, got.status());
      assertArrayEquals(bytes(length), got.bytes());
      assertEquals("image/png", got.sent().get("content-type"));
      assertEquals("\"" + stored.json().path("eTag").asText() + "\"", got.sent().get("etag"));
      assertEquals("Fri, 02 Jan 2026 03:04:05 GMT", got.sent().get("last-modified"));
    }
  }

  @Test
  void theFileOfAFormIsStoredWithItsNameAndType() throws IOException {
    for (int pieceBytes : new int[]{7, 100, Integer.MAX_VALUE}) {
      String fid = "/3," + pieceBytes % 10 + "1637037d6";
      FakeExchange stored = call(new FakeExchange(HttpMethod.POST, fid).sending(form(bytes(300)), pieceBytes)
          .with("content-type", "multipart/form-data; boundary=frontier"));
      assertEquals(201, stored.status(), new String(stored.bytes(), UTF_8));
      FakeExchange got = get(fid);
      assertArrayEquals(bytes(300), got.bytes());
      assertEquals("image/jpeg", got.sent().get("content-type"));
      assertTrue(String.valueOf(got.sent().get("content-disposition")).startsWith("inline; filename=\"gr"));
    }
  }

  @Test
  void aFormWithoutAFileIsRefused() {
    FakeExchange stored = call(new FakeExchange(HttpMethod.POST, FID).sending("--frontier--\r\n".getBytes(UTF_8), 1000)
        .with("content-type", "multipart/form-data; boundary=frontier"));
    assertEquals(400, stored.status());
  }

  @Test
  void aBlobOverTheLimitIsRefused() {
    assertEquals(413, post(FID, new byte[(64 << 20) + 1]).status());
  }

  @Test
  void theOtherFormsOfThePathWork() {
    post(FID, bytes(10));
    assertEquals(200, get("/3/01637037d6").status());
    assertEquals(200, get("/3/01637037d6/holiday.jpg").status());
    assertEquals(200, get("/3,01637037d6.jpg").status());
    post("/3,01637037d6_2", bytes(20));
    assertArrayEquals(bytes(20), get("/3,03637037d6").bytes());
    assertEquals(404, get("/3").status());
    assertEquals(404, get("/favicon.ico").status());
    assertEquals(404, get("/3,zz637037d6").status());
  }

  @Test
  void aWrongCookieOrVolumeFindsNothing() {
    post(FID, bytes(10));
    assertEquals(404, get("/3,01637037d7").status());
    assertEquals(404, get("/4,01637037d6").status());
    assertEquals(404, call(new FakeExchange(HttpMethod.DELETE, "/3,01637037d7")).status());
    assertEquals(200, get(FID).status());
  }

  @Test
  void needlesOfTheCatalogCannotBeReached() {
    volumes.put(FileId.parse("3,01637037d6"), NeedleKind.COMMIT);
    assertEquals(404, get(FID).status());
    assertEquals(404, call(new FakeExchange(HttpMethod.DELETE, FID)).status());
    assertEquals(409, post(FID, bytes(1)).status());
    assertEquals(403, post("/5,01637037d6", bytes(1)).status());
  }

  @Test
  void rangesAreServed() {
    post(FID, bytes(1000));
    range("bytes=0-9", 206, "bytes 0-9/1000", 0, 10);
    range("bytes=990-", 206, "bytes 990-999/1000", 990, 1000);
    range("bytes=-10", 206, "bytes 990-999/1000", 990, 1000);
    range("bytes=500-5000", 206, "bytes 500-999/1000", 500, 1000);
    range("bytes=-5000", 206, "bytes 0-999/1000", 0, 1000);
    range("Bytes=998-99999999999999999999", 206, "bytes 998-999/1000", 998, 1000);
    range("bytes=a-b", 200, null, 0, 1000);
    range("", 200, null, 0, 1000);
    range("bytes=9-5", 200, null, 0, 1000);
    range("bytes=1-2,4-5", 200, null, 0, 1000);
    range("lines=1-2", 200, null, 0, 1000);
    var twice = new FakeExchange(HttpMethod.GET, FID).with("range", "bytes=0-1");
    twice.headers().add("range", "bytes=4-5");
    assertEquals(200, call(twice).status(), "several ranges, whichever line they stand on");
    FakeExchange head = call(new FakeExchange(HttpMethod.HEAD, FID).with("range", "bytes=0-9"));
    assertEquals("206 10", head.status() + " " + head.sent().get("content-length"));
    FakeExchange beyond = call(new FakeExchange(HttpMethod.GET, FID).with("range", "bytes=1000-"));
    assertEquals(416, beyond.status());
    assertEquals("bytes */1000", beyond.sent().get("content-range"));
  }

  @Test
  void aRefusalHasNothingOfTheBlobs() throws IOException {
    call(new FakeExchange(HttpMethod.POST, FID).sending(bytes(10), 5).with("content-type", "image/png")
        .with("content-encoding", "gzip").with("seaweed-colour", "green"));
    for (Map.Entry<String, String> asked : Map.of("range", "bytes=10-", "if-match", "\"other\"").entrySet()) {
      FakeExchange refused = call(new FakeExchange(HttpMethod.GET, FID + "/name.png").with(asked.getKey(),
          asked.getValue()));
      assertEquals(asked.getKey().equals("range") ? 416 : 412, refused.status());
      assertTrue(refused.json().has("error"), refused.json().toString());
      assertEquals("application/json", refused.sent().get("content-type"));
      for (String name : List.of("content-encoding", "content-disposition", "seaweed-colour")) {
        assertNull(refused.sent().get(name), name);
      }
    }
  }

  private void range(String asked, int status, @org.jspecify.annotations.Nullable String contentRange, int from,
      int to) {
    FakeExchange got = call(new FakeExchange(HttpMethod.GET, FID).with("range", asked));
    assertEquals(status, got.status());
    assertEquals(contentRange, got.sent().get("content-range"));
    assertArrayEquals(Arrays.copyOfRange(bytes(1000), from, to), got.bytes());
  }

  @Test
  void headSaysTheLengthWithoutTheBytes() {
    post(FID, bytes(1000));
    FakeExchange head = call(new FakeExchange(HttpMethod.HEAD, FID));
    assertEquals(200, head.status());
    assertEquals("1000", head.sent().get("content-length"));
    assertEquals(0, head.bytes().length);
  }

  @Test
  void whatTheClientHasIsNotSentAgain() {
    post(FID, bytes(10));
    String tag = String.valueOf(get(FID).sent().get("etag"));
    assertEquals(304,
        call(new FakeExchange(HttpMethod.GET, FID).with("if-none-match", "\"other\", W/" + tag)).status());
    assertEquals(304, call(new FakeExchange(HttpMethod.GET, FID).with("if-none-match", "*")).status());
    assertEquals(304,
        call(new FakeExchange(HttpMethod.GET, FID).with("if-modified-since", "Fri, 02 Jan 2026 03:04:05 GMT"))
            .status());
    assertEquals(200,
        call(new FakeExchange(HttpMethod.GET, FID).with("if-modified-since", "Fri, 02 Jan 2026 03:04:04 GMT"))
            .status());
    assertEquals(200, call(new FakeExchange(HttpMethod.GET, FID).with("if-none-match", "\"other\"")
        .with("if-modified-since", "Fri, 02 Jan 2026 03:04:05 GMT")).status());
  }

  @Test
  void tagsOnSeveralLinesAreOneList() {
    post(FID, bytes(10));
    String tag = String.valueOf(get(FID).sent().get("etag"));
    for (String name : List.of("if-none-match", "if-match")) {
      var lines = new FakeExchange(HttpMethod.GET, FID).with(name, "\"other\"");
      lines.headers().add(name, tag);
      assertEquals(name.equals("if-match") ? 200 : 304, call(lines).status());
    }
  }

  @Test
  void aBlobThatIsNotAsExpectedIsNotSent() throws IOException {
    post(FID, bytes(10));
    String tag = String.valueOf(get(FID).sent().get("etag"));
    for (String met : List.of("*", tag, "\"other\", " + tag)) {
      assertEquals(200, call(new FakeExchange(HttpMethod.GET, FID).with("if-match", met)).status(), met);
    }
    for (String failed : List.of("\"other\"", "W/" + tag, "")) {
      FakeExchange refused = call(new FakeExchange(HttpMethod.GET, FID).with("if-match", failed));
      assertEquals(412, refused.status(), failed);
      assertEquals("the blob is not as If-Match asks for", refused.json().path("error").asText());
      assertEquals(412, call(new FakeExchange(HttpMethod.HEAD, FID).with("if-match", failed)).status(), failed);
    }
    assertEquals(412, call(new FakeExchange(HttpMethod.GET, FID).with("if-unmodified-since",
        "Fri, 02 Jan 2026 03:04:04 GMT")).status());
    assertEquals(200, call(new FakeExchange(HttpMethod.GET, FID).with("if-unmodified-since",
        "Fri, 02 Jan 2026 03:04:05 GMT")).status());
  }

  @Test
  void aRangeIsSentOfWhatTheClientHasTheRestOf() {
    post(FID, bytes(10));
    String tag = String.valueOf(get(FID).sent().get("etag"));
    for (String has : List.of(tag, "Fri, 02 Jan 2026 03:04:05 GMT")) {
      assertEquals(206, call(new FakeExchange(HttpMethod.GET, FID).with("range", "bytes=5-").with("if-range", has))
          .status(), has);
    }
    for (String other : List.of("W/" + tag, "\"other\"", "Fri, 02 Jan 2026 03:04:06 GMT", "*", "", "a".repeat(99))) {
      FakeExchange whole = call(
          new FakeExchange(HttpMethod.GET, FID).with("range", "bytes=5-").with("if-range", other));
      assertEquals(200, whole.status(), other);
      assertArrayEquals(bytes(10), whole.bytes());
      assertEquals(200, call(new FakeExchange(HttpMethod.GET, FID).with("range", "bytes=99-").with("if-range", other))
          .status(), other);
    }
  }

  @Test
  void whatIsNoDateIsPassedOver() {
    post(FID, bytes(10));
    for (String name : List.of("if-modified-since", "if-unmodified-since", "if-range")) {
      for (String date : List.of("a".repeat(8000), "Fri, 02 Jan 2026 03:04:05 GMT" + " x".repeat(40), "yesterday",
          "")) {
        assertEquals(200, call(new FakeExchange(HttpMethod.GET, FID).with(name, date)).status(), name + date);
      }
      var lines = new FakeExchange(HttpMethod.GET, FID).with(name, "Fri, 02 Jan 2026 03:04:05 GMT");
      lines.headers().add(name, "Fri, 02 Jan 2026 03:04:04 GMT");
      assertEquals(200, call(lines).status(), name + " twice");
    }
  }

  @Test
  void aBlobThatIsNotAsExpectedIsNotDeleted() {
    post(FID, bytes(10));
    String tag = String.valueOf(get(FID).sent().get("etag"));
    for (List<String> condition : List.of(List.of("if-match", "W/" + tag), List.of("if-match", "\"other\""),
        List.of("if-none-match", tag), List.of("if-unmodified-since", "Fri, 02 Jan 2026 03:04:04 GMT"))) {
      assertEquals(412,
          call(new FakeExchange(HttpMethod.DELETE, FID).with(condition.get(0), condition.get(1))).status(),
          condition.toString());
    }
    assertEquals(200, get(FID).status());
    assertEquals(202, call(new FakeExchange(HttpMethod.DELETE, FID).with("if-match", tag)).status());
  }

  @Test
  void aFileIdIsWrittenOnce() {
    assertEquals(201, post(FID, bytes(10)).status());
    assertEquals(201, post(FID, bytes(10)).status(), "a repeated request succeeds");
    assertEquals(409, post(FID, bytes(11)).status());
    assertEquals(409, post("/3,01637037d7", bytes(10)).status(), "the same key under another cookie");
    assertArrayEquals(bytes(10), get(FID).bytes());
  }

  @Test
  void aDeletedBlobIsGoneForGood() throws IOException {
    post(FID, bytes(10));
    FakeExchange deleted = call(new FakeExchange(HttpMethod.DELETE, FID));
    assertEquals(202, deleted.status());
    assertEquals(10, deleted.json().path("size").asInt());
    assertEquals(404, get(FID).status());
    assertEquals(404, call(new FakeExchange(HttpMethod.DELETE, FID)).status());
    assertEquals(409, post(FID, bytes(10)).status());
  }

  /// A vacuum takes the dead mark with the needle: nothing in the volume tells any more that the id was used.
  @Test
  void anIdOfBeforeARestartIsNotWrittenAgain() throws IOException {
    post(FID, bytes(10));
    post("/3,02637037d6", bytes(20));
    ids.restarted = true;
    assertEquals(201, post(FID, bytes(10)).status(), "the same bytes under an id that is there");
    assertEquals(409, post(FID, bytes(11)).status());
    call(new FakeExchange(HttpMethod.DELETE, FID));
    volumes.vacuum();
    FakeExchange refused = post(FID, bytes(10));
    assertEquals(409, refused.status());
    assertTrue(refused.json().path("error").asText().startsWith("3,01637037d6 was not handed out since the server"
        + " started"), refused.json().toString());
    assertEquals(409, post("/3,03637037d6", bytes(10)).status(), "assigned before the restart, and not used");
    assertEquals(404, get(FID).status());
    assertArrayEquals(bytes(20), get("/3,02637037d6").bytes());
  }

  @Test
  void anIdWhoseAppendWasRefusedMayBeTriedAgain() {
    volumes.full = true;
    assertEquals(503, post(FID, bytes(10)).status());
    volumes.full = false;
    assertEquals(201, post(FID, bytes(10)).status());
  }

  @Test
  void aBlobThatNoVolumeCouldTakeIsRefusedBeforeAnyIsAsked() {
    VolumeHttp small = http(new FileIdAccess.Open(), 1000);
    for (int length : new int[]{1001, 70_000}) {
      var large = new FakeExchange(HttpMethod.POST, FID).sending(bytes(length), 500);
      small.handle(large);
      assertEquals(413, large.status());
    }
    var fits = new FakeExchange(HttpMethod.POST, FID).sending(bytes(1000), 500);
    small.handle(fits);
    assertEquals(201, fits.status());
  }

  /// In pieces of the size that costs the most around them, and in tiny ones.
  @ParameterizedTest
  @ValueSource(ints = {4 << 10, 100})
  void theLargestBlobThatMemoryHasRoomForIsTaken(int pieceBytes) throws IOException {
    VolumeHttp small = http(new FileIdAccess.Open(), 1 << 20, UploadedBlob.MAX_BYTES);
    int most = (1 << 20) - (64 << 10);
    var large = new FakeExchange(HttpMethod.POST, FID).sending(bytes(most + 1), pieceBytes);
    small.handle(large);
    assertEquals(413, large.status());
    assertEquals("a blob has at most " + most + " bytes here", large.json().path("error").asText());
    var fits = new FakeExchange(HttpMethod.POST, FID).sending(bytes(most), pieceBytes);
    small.handle(fits);
    assertEquals(201, fits.status());
  }

  @Test
  void writingAsksForATokenWhereThereIsASecret() {
    var tokens = new FileTokens("secret", CLOCK);
    String token = tokens.sign("3,01637037d6", Duration.ofMinutes(1));
    VolumeHttp guarded = http(new FileIdAccess.ByToken(tokens));
    var without = new FakeExchange(HttpMethod.POST, FID).sending(bytes(5), 5);
    guarded.handle(without);
    assertEquals(401, without.status());
    var other = new FakeExchange(HttpMethod.POST, "/3,02637037d6").sending(bytes(5), 5).with("authorization",
        "Bearer " + token);
    guarded.handle(other);
    assertEquals(401, other.status());
    var right = new FakeExchange(HttpMethod.POST, FID).sending(bytes(5), 5).with("authorization", "BEARER " + token);
    guarded.handle(right);
    assertEquals(201, right.status());
    var further = new FakeExchange(HttpMethod.POST, FID + "_1?jwt=" + token).sending(bytes(5), 5);
    guarded.handle(further);
    assertEquals(201, further.status());
    var read = new FakeExchange(HttpMethod.GET, FID);
    guarded.handle(read);
    assertEquals(200, read.status());
  }

  @Test
  void aFullVolumeIsServiceUnavailable() throws IOException {
    volumes.full = true;
    FakeExchange refused = post(FID, bytes(10));
    assertEquals(503, refused.status());
    assertEquals("volume 3 is full; assign another file id", refused.json().path("error").asText());
  }

  @Test
  void aDeletionThatCannotBeNotedIsServiceUnavailable() throws IOException {
    post(FID, bytes(10));
    for (IOException fault : List.of(new RestartNeededException("the master's log stopped", new IOException()),
        new NoWritableVolumeException("no disk takes anything"),
        new DiskFullException("the log could not be written", new IOException()))) {
      deletionFault = Optional.of(fault);
      FakeExchange refused = call(new FakeExchange(HttpMethod.DELETE, FID));
      assertEquals(503, refused.status());
      assertEquals(fault.getMessage(), refused.json().path("error").asText());
    }
    assertEquals(200, get(FID).status(), "nothing was deleted");
  }

  @Test
  void statusAndWrongMethods() throws IOException {
    assertEquals(3, get("/status").json().path("Volumes").path(0).path("Id").asInt());
    assertEquals(60, get("/status").json().path("DiskStatuses").path(0).path("used").asInt());
    assertEquals(405, call(new FakeExchange(HttpMethod.POST, "/status")).status());
    assertEquals(405, call(new FakeExchange(HttpMethod.PATCH, FID)).status());
  }

  @Test
  void anUnknownFieldOfALaterVersionIsSkipped() throws IOException {
    var written = new BlobMeta("ä", "b/c", "gzip", new TreeMap<>(Map.of("seaweed-a", "", "seaweed-b", "x y")),
        CLOCK.instant(), 7);
    var meta = written.write();
    meta.writeByte(99).writeShortLE(2).writeShortLE(1);
    assertEquals(written, BlobMeta.read(meta));
    assertNull(meta.release() ? null : "not released");
  }

  @Test
  void nothingIsWrittenOrDeletedWhereNothingAllowsIt() throws IOException {
    post(FID, bytes(5));
    VolumeHttp closed = http(new FileIdAccess.Closed());
    for (HttpMethod method : List.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE)) {
      for (String target : List.of(FID, "/3/01637037d6", FID + "_1", FID + "?jwt=a.b.c", "/%33,01637037d6")) {
        var exchange = new FakeExchange(method, target).sending(bytes(5), 5);
        closed.handle(exchange);
        assertEquals(401, exchange.status(), method + " " + target);
        String why = exchange.json().path("error").asText();
        assertTrue(why.contains("HAYLOFT_VOLUME_SECRET") && why.contains("--open-file-ids"), why);
      }
    }
    var read = new FakeExchange(HttpMethod.GET, FID);
    closed.handle(read);
    assertEquals(200, read.status());
    var status = new FakeExchange(HttpMethod.GET, "/status");
    closed.handle(status);
    assertTrue(!status.json().path("DiskStatuses").path(0).has("dir"), status.json().toString());
    assertTrue(!get("/status").json().path("DiskStatuses").path(0).has("dir"), "open, and yet told to anybody");
  }

  @Test
  void aFurtherKeyIsACountAndNothingElse() {
    for (String further : List.of("4294967295", "-1", "+1", "", "x", "99999999999")) {
      assertEquals(404, post(FID + "_" + further, bytes(1)).status(), further);
    }
  }

  @Test
  void aTokenForAllWritesAndDeletes() {
    var tokens = new FileTokens("secret", CLOCK);
    String token = tokens.signForAll(Duration.ofMinutes(1));
    VolumeHttp guarded = http(new FileIdAccess.ByToken(tokens));
    var write = new FakeExchange(HttpMethod.PUT, FID).sending(bytes(5), 5).with("authorization", "bearer " + token);
    guarded.handle(write);
    assertEquals(201, write.status());
    var delete = new FakeExchange(HttpMethod.DELETE, FID + "?jwt=" + token);
    guarded.handle(delete);
    assertEquals(202, delete.status());
  }

  @Test
  void theEncodingComesBackWithTheBytesThatItIsOf() {
    call(new FakeExchange(HttpMethod.PUT, FID).sending(bytes(50), 9).with("content-type", "text/plain")
        .with("content-encoding", "gzip"));
    for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.HEAD)) {
      FakeExchange got = call(new FakeExchange(method, FID));
      assertEquals("gzip", got.sent().get("content-encoding"));
      assertEquals("text/plain", got.sent().get("content-type"));
    }
    assertArrayEquals(bytes(50), get(FID).bytes());
    post("/3,02637037d6", bytes(5));
    assertNull(get("/3,02637037d6").sent().get("content-encoding"));
  }

  private FakeExchange postForm(String fid, String form) {
    return call(new FakeExchange(HttpMethod.POST, fid).sending(form.getBytes(UTF_8), 11)
        .with("content-type", "multipart/form-data; boundary=\"b c\""));
  }

  @Test
  void aFormsFileHasItsOwnEncodingAndName() {
    String form = "preamble\r\n--b c\r\n"
        + "Content-Disposition: form-data; name=\"file\"; filename=\"a/Grü\u00df %22e.txt\"\r\n"
        + "Content-Type: text/plain\r\nCONTENT-ENCODING: gzip\r\n\r\nhi\r\n--b\r\n\r\n--b c--\r\n";
    FakeExchange stored = postForm(FID, form);
    assertEquals(201, stored.status(), new String(stored.bytes(), UTF_8));
    FakeExchange got = get(FID);
    assertEquals("hi\r\n--b\r\n", new String(got.bytes(), UTF_8));
    assertEquals("gzip", got.sent().get("content-encoding"));
    assertEquals("text/plain", got.sent().get("content-type"));
    assertEquals("inline; filename=\"Gr__ _e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9F%20%22e.txt",
        got.sent().get("content-disposition"));
    assertEquals(201, postForm("/3,02637037d6",
        "--b c\r\nContent-Disposition: form-data; filename*=UTF-8''%e2%82%ac+1; name=f; filename=x\r\n\r\n--b c--")
        .status());
    FakeExchange empty = get("/3,02637037d6");
    assertEquals(0, empty.bytes().length);
    assertEquals("inline; filename=\"_+1\"; filename*=UTF-8''%E2%82%AC+1", empty.sent().get("content-disposition"));
  }

  @Test
  void aNameThatCannotBeReadKeepsNoFileOut() {
    String part = "--b c\r\nContent-Disposition: form-data; name=f; filename*=UTF-8''%zz";
    assertEquals(201, postForm(FID, part + "; filename=\"a.txt\"\r\n\r\nhi\r\n--b c--").status());
    assertEquals("inline; filename=\"a.txt\"", get(FID).sent().get("content-disposition"));
    assertEquals(201, postForm("/3,02637037d6", part + "\r\n\r\nhi\r\n--b c--").status());
    assertNull(get("/3,02637037d6").sent().get("content-disposition"));
  }

  @Test
  void whatIsNoFormIsRefused() {
    String part = "--b c\r\nContent-Disposition: form-data; name=f; filename=x\r\n";
    for (String form : List.of("", "--b c", "--b c--", "--b c\r\n", part, part + "\r\nhi", part + "\r\nhi\r\n--b d--",
        part + "Content-Type: a\u0001b\r\n\r\nhi\r\n--b c--",
        part + "x: " + "y".repeat(20_000) + "\r\n\r\nhi\r\n--b c--",
        "--b c\r\nContent-Disposition: form-data; name=f\r\n\r\nhi\r\n".repeat(101) + "--b c--")) {
      assertEquals(400, postForm(FID, form).status(), form);
    }
    var encoded = new FakeExchange(HttpMethod.POST, FID).sending(form(bytes(3)), 100)
        .with("content-type", "multipart/form-data; boundary=frontier").with("content-encoding", "gzip");
    assertEquals(400, call(encoded).status());
    assertEquals(404, get(FID).status());
  }

  @Test
  void headersOfTheClientsOwnComeBack() {
    call(new FakeExchange(HttpMethod.PUT, FID).sending(bytes(5), 5).with("Seaweed-Colour", "green")
        .with("seaweed-empty", "")
        .with("x-other", "no"));
    FakeExchange got = get(FID);
    assertEquals("green", got.sent().get("seaweed-colour"));
    assertEquals("", got.sent().get("seaweed-empty"));
    assertNull(got.sent().get("x-other"));
    FakeExchange tooMuch = call(new FakeExchange(HttpMethod.PUT, "/3,02637037d6").sending(bytes(5), 5)
        .with("seaweed-a", "x".repeat(5000)).with("seaweed-b", "x".repeat(5000)));
    assertEquals(400, tooMuch.status());
  }

  @Test
  void aDownloadIsSavedUnderTheNameOfThePathOrItsOwn() {
    post(FID, bytes(5));
    assertEquals("attachment", get(FID + "?dl=true").sent().get("content-disposition"));
    assertNull(get(FID + "?dl=false").sent().get("content-disposition"));
    assertEquals("attachment; filename=\"a.png\"", get(FID + "/a.png?dl=1").sent().get("content-disposition"));
    assertEquals("inline; filename=\"_.png\"; filename*=UTF-8''%C3%A4.png",
        get("/3/01637037d6/%C3%A4.png").sent().get("content-disposition"));
    String split = String.valueOf(get(FID + "/a%0d%0aset-cookie:%20x?dl=t").sent().get("content-disposition"));
    assertTrue(split.startsWith("attachment; filename=\"a__set-cookie: x\";"), split);
  }

  @Test
  void anUploadIsSyncedIfItAsksForIt() throws IOException {
    VolumeHttp unsynced = unsynced();
    for (String target : List.of(FID, FID + "?fsync=false", FID + "?fsync=true")) {
      var upload = new FakeExchange(HttpMethod.POST, target).sending(bytes(5), 1000);
      unsynced.handle(upload);
      assertEquals(201, upload.status(), target);
    }
    assertEquals(List.of("OS", "sync [3]"), volumes.promises, "the same bytes, which were there already");
    var other = new FakeExchange(HttpMethod.POST, "/3,02637037d6?fsync=true").sending(bytes(5), 1000);
    unsynced.handle(other);
    assertEquals(List.of("OS", "sync [3]", "FSYNC"), volumes.promises);
  }

  @Test
  void whatIsNotThereIsRefusedByName() throws IOException {
    for (String parameter : List.of("ttl=3m", "cm=true", "ts=soon", "ts=-1")) {
      FakeExchange refused = post(FID + "?" + parameter, bytes(5));
      assertEquals(400, refused.status(), parameter);
      assertTrue(refused.json().path("error").asText().startsWith(parameter.substring(0, 2)));
    }
    assertEquals(201, post(FID + "?ts=1000000000", bytes(5)).status());
    assertEquals("Sun, 09 Sep 2001 01:46:40 GMT", get(FID).sent().get("last-modified"));
    for (String parameter : List.of("width=10", "height=10", "mode=fit", "readDeleted=true")) {
      assertEquals(400, get(FID + "?" + parameter).status(), parameter);
    }
    assertEquals(200, get(FID + "?cm=false&readDeleted=false&other=1").status());
  }

  @Test
  void aDigestIsChecked() {
    String right = "XUFAKrxLKna5cZ2REBfFkg=="; // of "hello"
    byte[] hello = "hello".getBytes(UTF_8);
    assertEquals(400,
        call(new FakeExchange(HttpMethod.PUT, FID).sending(hello, 2).with("content-md5", "AAAA")).status());
    assertEquals(404, get(FID).status());
    assertEquals(201,
        call(new FakeExchange(HttpMethod.PUT, FID).sending(hello, 2).with("content-md5", right)).status());
  }

  @Test
  void theDigestOfAFormsPartIsThatOfItsFile() {
    String part = "--b c\r\nContent-Disposition: form-data; name=f; filename=x\r\n"
        + "Content-MD5: %s\r\n\r\nhello\r\n--b c--";
    for (String wrong : List.of("AAAA", "", "1B2M2Y8AsgTpgAmY7PhCfg==")) {
      assertEquals(400, postForm(FID, part.formatted(wrong)).status(), wrong);
      assertEquals(404, get(FID).status());
    }
    assertEquals(201, postForm(FID, part.formatted("XUFAKrxLKna5cZ2REBfFkg==")).status());
  }
}
