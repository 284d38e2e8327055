package hayloft.volume.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HeaderLines;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.JsonAnswer;
import hayloft.common.http.MalformedBodyException;
import hayloft.common.http.Outage;
import hayloft.common.http.PortRoutes;
import hayloft.common.http.RangeHeader;
import hayloft.common.http.ReadConditions;
import hayloft.common.http.ResponseBody;
import hayloft.common.token.FileIdAccess;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.volume.BlobIds;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DeadMarker;
import hayloft.common.volume.KeyReusedException;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.volume.http.NeedleHeads.NeedleHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/// Answers the volume server's port. Thread-safe.
///
/// | request | answer |
/// |---|---|
/// | `POST` or `PUT /{vid},{fid}`, raw or a form's file, up to 64 MiB | 201 `{"name", "size", "eTag"}`, durable |
/// | `GET`, `HEAD /{vid},{fid}` | the blob, or one range of it; conditions as [ReadConditions] judges them |
/// | `DELETE /{vid},{fid}` | 202 `{"size"}`, the needle is dead, durably |
/// | `GET /status` | volumes and disks |
///
/// Needles of the catalog cannot be reached from here: only those written through this port are found, and it writes
/// only to volumes that the master opened for blobs, under file ids that it handed out since the start. A file id is
/// written once: sending the same bytes again succeeds and changes nothing, other bytes are answered 409, and so is
/// writing what was deleted, or assigned before a restart. Writing and deleting is for those whom [FileIdAccess] allows
/// it; reading asks for the cookie in the file id alone. Errors are `{"error": why}`: 503 what [Outage] says.
public final class VolumeHttp implements HttpHandler {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  /// RFC 8187's `attr-char`.
  private static final String PLAIN_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
      + "!#$&+-.^_`|~";
  private static final String OWN_HEADER = "seaweed-";
  private static final int PIECE_BYTES = 256 << 10;
  private static final int MAX_UPLOAD_BYTES = UploadedBlob.MAX_BYTES + UploadedBlob.MAX_FORM_EXTRA_BYTES;
  private static final Duration UPLOAD_PATIENCE = Duration.ofSeconds(10);
  /// Whose connections are that may change something: one account, whatever tokens there are.
  private static final String WRITERS = "writers";
  /// What they do with a blob, as their requests are counted.
  private static final Map<HttpMethod, String> METHODS = Map.of(HttpMethod.GET, "get_blob", HttpMethod.HEAD,
      "head_blob", HttpMethod.POST, "put_blob", HttpMethod.PUT, "put_blob", HttpMethod.DELETE, "delete_blob");

  private final VolumeClient volumes;
  private final NeedleHeads heads;
  private final VolumeHost host;
  private final BlobIds ids;
  private final DeadMarker deletion;
  private final Durability durability;
  private final FileIdAccess access;
  private final InstantSource clock;
  private final ExchangeWatcher statusRoute;
  private final Map<HttpMethod, ExchangeWatcher> blobRoutes;
  private final UploadRoom uploads;
  private final int largestBlobBytes;
  private final Set<FileId> beingWritten = ConcurrentHashMap.newKeySet();

  /// @param ids which of them the master handed out for this port to write to
  /// @param deletion of blobs
  /// @param access who may write and delete, and is told where data lies
  /// @param uploadMemoryBytes of all uploads together; one that would need more by itself is told 413
  /// @param largestBlobBytes at most [UploadedBlob#MAX_BYTES], and what an empty volume takes: a larger one would fill
  ///   volume after volume with nothing
  /// @param routes requests are counted there
  public VolumeHttp(VolumeClient volumes, NeedleHeads heads, VolumeHost host, BlobIds ids,
      DeadMarker deletion, Durability durability,
      FileIdAccess access, InstantSource clock, long uploadMemoryBytes, int largestBlobBytes,
      PortRoutes routes) {
    this.volumes = volumes;
    this.heads = heads;
    this.host = host;
    this.ids = ids;
    this.deletion = deletion;
    this.durability = durability;
    this.access = access;
    this.clock = clock;
    this.statusRoute = routes.route("status");
    this.blobRoutes = METHODS.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, method -> routes.route(method.getValue())));
    this.uploads = new UploadRoom(uploadMemoryBytes, UPLOAD_PATIENCE, System::nanoTime);
    this.largestBlobBytes = (int) Math.min(largestBlobBytes, uploads.mostBytes());
  }

  @Override
  public void handle(HttpExchange exchange) {
    var target = new QueryStringDecoder(exchange.target());
    HttpMethod method = exchange.method();
    ExchangeWatcher blobRoute = blobRoutes.get(method);
    if (blobRoute == null) {
      notAllowed(exchange, "DELETE, GET, HEAD, POST, PUT");
      return;
    }
    boolean reading = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
    if (target.path().equals("/status")) {
      exchange.watch(statusRoute);
      if (reading) {
        boolean trusted = access.tellsPlaces(exchange.headers(), target);
        exchange.fork(() -> JsonAnswer.send(exchange, 200, status(trusted)));
      } else {
        notAllowed(exchange, "GET, HEAD");
      }
      return;
    }
    Optional<BlobPath> path = BlobPath.parse(target.path());
    if (path.isEmpty()) {
      JsonAnswer.error(exchange, 404, "no such path: " + target.path() + "; a blob is at /volume,keycookie");
      return;
    }
    exchange.watch(blobRoute);
    String assigned = path.get().assigned().toString();
    if (!reading && !access.allows(exchange.headers(), target, assigned)) {
      JsonAnswer.unauthorized(exchange, assigned + ": " + FileIdAccess.HOW);
      return;
    }
    if (!reading) {
      exchange.belongsTo(WRITERS);
    }
    exchange.fork(() -> answer(exchange, path.get(), new BlobQuery(target.parameters())));
  }

  private static void notAllowed(HttpExchange exchange, String allowed) {
    var headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.ALLOW, allowed);
    JsonAnswer.send(exchange, 405, headers, JSON.objectNode().put("error", exchange.method() + " is not allowed here"));
  }

  private void answer(HttpExchange exchange, BlobPath path, BlobQuery query) throws IOException, InterruptedException {
    FileId id = path.needle();
    try {
      query.requireKnown();
      switch (exchange.method().name()) {
        case "GET", "HEAD" -> read(exchange, id, path.name(), query.isDownload());
        case "DELETE" -> delete(exchange, id);
        default -> write(exchange, id, query);
      }
    } catch (BlobQuery.RefusedException e) {
      JsonAnswer.error(exchange, 400, "" + e.getMessage());
    } catch (NoSuchVolumeException e) {
      JsonAnswer.error(exchange, 404, "" + e.getMessage());
    } catch (VolumeUnwritableException e) {
      JsonAnswer.error(exchange, 503, e.getMessage() + "; assign another file id");
    } catch (KeyReusedException e) {
      JsonAnswer.error(exchange, 409, e.getMessage() + "; assign another file id");
    } catch (UploadedBlob.TooLargeException e) {
      JsonAnswer.error(exchange, 413, "" + e.getMessage());
    } catch (UploadedBlob.BadFormException | MalformedBodyException e) {
      JsonAnswer.error(exchange, 400, "" + e.getMessage());
    } catch (IOException e) {
      if (!Outage.is(e)) {
        throw e;
      }
      JsonAnswer.error(exchange, 503, "" + e.getMessage());
    }
  }

  // Reading

  /// A blob of this port, if the cookie is right.
  private record Blob(FileId id, BlobMeta meta, int sizeBytes) {}

  private Optional<Blob> find(FileId id) throws IOException {
    Optional<NeedleHead> head = heads.head(id.volume(), id.key());
    if (head.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (head.get().kind() != NeedleKind.BLOB || head.get().cookie() != id.cookie()) {
        return Optional.empty();
      }
      return Optional.of(new Blob(id, BlobMeta.read(head.get().meta()), head.get().dataBytes()));
    } finally {
      head.get().meta().release();
    }
  }

  /// @param asName the name that the path has; empty for the blob's own
  private void read(HttpExchange exchange, FileId id, String asName, boolean download) throws IOException {
    Optional<Blob> found = find(id);
    if (found.isEmpty()) {
      JsonAnswer.error(exchange, 404, "no blob " + id);
      return;
    }
    Blob blob = found.get();
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.ETAG, "\"" + blob.meta().eTag() + "\"");
    headers.set(HttpHeaderNames.LAST_MODIFIED, DateFormatter.format(Date.from(blob.meta().modifiedAt())));
    headers.set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
    switch (ReadConditions.of(exchange.headers()).judge(blob.meta().eTag(), blob.meta().modifiedAt())) {
      case ReadConditions.Verdict.Holds _ -> {
        // go on
      }
      case ReadConditions.Verdict.NotModified _ -> {
        exchange.respond(304, headers, Unpooled.EMPTY_BUFFER);
        return;
      }
      case ReadConditions.Verdict.Failed(String condition) -> {
        conditionFailed(exchange, condition);
        return;
      }
    }
    headers.set(HttpHeaderNames.CONTENT_TYPE,
        blob.meta().contentType().isEmpty() ? "application/octet-stream" : blob.meta().contentType());
    headers.set("x-content-type-options", "nosniff");
    if (!blob.meta().contentEncoding().isEmpty()) {
      headers.set(HttpHeaderNames.CONTENT_ENCODING, blob.meta().contentEncoding());
    }
    blob.meta().headers().forEach(headers::set);
    String name = asName.isEmpty() ? blob.meta().name() : asName;
    if (!name.isEmpty() || download) {
      headers.set(HttpHeaderNames.CONTENT_DISPOSITION, (download ? "attachment" : "inline") + fileName(name));
    }
    switch (selected(exchange.headers(), blob)) {
      case RangeHeader.Selection.Whole _ -> send(exchange, 200, headers, blob, ByteRange.whole(blob.sizeBytes()));
      case RangeHeader.Selection.Part(var range) -> {
        headers.set(HttpHeaderNames.CONTENT_RANGE,
            "bytes " + range.from() + "-" + (range.to() - 1) + "/" + blob.sizeBytes());
        send(exchange, 206, headers, blob, range);
      }
      case RangeHeader.Selection.Unsatisfiable _ -> {
        HttpHeaders ofAnswer = new DefaultHttpHeaders(); // the blob's coding and name are not this document's
        ofAnswer.set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + blob.sizeBytes());
        JsonAnswer.send(exchange, 416, ofAnswer,
            JSON.objectNode().put("error", "the blob has " + blob.sizeBytes() + " bytes"));
      }
    }
  }

  private static RangeHeader.Selection selected(HttpHeaders headers, Blob blob) {
    String asked = HeaderLines.joined(headers, HttpHeaderNames.RANGE);
    return asked != null && ReadConditions.rangeHolds(headers, blob.meta().eTag(), blob.meta().modifiedAt())
        ? RangeHeader.select(asked, blob.sizeBytes())
        : new RangeHeader.Selection.Whole();
  }

  private static void conditionFailed(HttpExchange exchange, String condition) {
    JsonAnswer.error(exchange, 412, "the blob is not as " + condition + " asks for");
  }

  /// The parameters of [RFC 6266](https://www.rfc-editor.org/rfc/rfc6266): what fits into a quoted value, and if that
  /// is not all, the name itself in UTF-8, as [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187) has it.
  private static String fileName(String name) {
    if (name.isEmpty()) {
      return "";
    }
    String fitting = name.replaceAll("[^ -~]|[\"\\\\]", "_");
    String plain = "; filename=\"" + fitting + "\"";
    if (fitting.equals(name)) {
      return plain;
    }
    StringBuilder whole = new StringBuilder(plain).append("; filename*=UTF-8''");
    for (byte letter : name.getBytes(UTF_8)) {
      if (letter > 0 && PLAIN_LETTERS.indexOf(letter) >= 0) {
        whole.append((char) letter);
      } else {
        whole.append('%').append(HexFormat.of().withUpperCase().toHexDigits(letter));
      }
    }
    return whole.toString();
  }

  private void send(HttpExchange exchange, int status, HttpHeaders headers, Blob blob, ByteRange range)
      throws IOException {
    long length = range.lengthBytes();
    if (exchange.method().equals(HttpMethod.HEAD)) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
      exchange.respond(status, headers, Unpooled.EMPTY_BUFFER);
    } else if (length == 0) {
      exchange.respond(status, headers, Unpooled.EMPTY_BUFFER);
    } else {
      try (Claim inHand = new Claim(exchange.body().claims(), Claims.Kind.BUFFERS)) {
        inHand.grow(Math.min(PIECE_BYTES, length));
        sendPieces(exchange, status, headers, blob, range);
      }
    }
  }

  /// One piece is always in hand and waits for the client to take those before.
  private void sendPieces(HttpExchange exchange, int status, HttpHeaders headers, Blob blob, ByteRange range)
      throws IOException {
    long length = range.lengthBytes();
    // a fault here is still an answer of its own
    ByteBuf first = piece(blob.id(), range.from(), (int) Math.min(PIECE_BYTES, length));
    if (length <= PIECE_BYTES) {
      exchange.respond(status, headers, first);
      return;
    }
    ResponseBody body = respondInPieces(exchange, status, headers, length, first);
    for (long at = range.from() + PIECE_BYTES; at < range.to(); at += PIECE_BYTES) {
      body.write(piece(blob.id(), at, (int) Math.min(PIECE_BYTES, range.to() - at)));
    }
    body.end();
  }

  private static ResponseBody respondInPieces(HttpExchange exchange, int status, HttpHeaders headers, long length,
      ByteBuf first)
      throws IOException {
    ResponseBody body;
    try {
      body = exchange.respondInPieces(status, headers, length);
    } catch (IOException e) {
      first.release();
      throw e;
    }
    body.write(first);
    return body;
  }

  private ByteBuf piece(FileId id, long fromBytes, int lengthBytes) throws IOException {
    return switch (volumes.read(id, fromBytes, lengthBytes)) {
      case ReadResult.Found(var data) when data.readableBytes() == lengthBytes -> data;
      case ReadResult.Found(var data) -> {
        int got = data.readableBytes();
        data.release();
        throw new CorruptNeedleException(
            "blob " + id + " gave " + got + " bytes at " + fromBytes + " where " + lengthBytes + " belong");
      }
      case ReadResult.Absent _ -> throw new IOException("blob " + id + " was deleted while it was read");
      case ReadResult.NotCached _ ->
        throw new IllegalStateException("a waiting read answered that it would have to wait");
    };
  }

  // Writing

  private void write(HttpExchange exchange, FileId id, BlobQuery query) throws IOException, InterruptedException {
    if (!ids.isForBlobs(id.volume())) {
      JsonAnswer.error(exchange, 403,
          "volume " + id.volume() + " was not opened for blobs; get a file id from /dir/assign");
      return;
    }
    if (!ids.mayBeWritten(id) && find(id).isEmpty()) { // before it is in the way of whoever was given the id
      neverAgain(exchange, id);
      return;
    }
    long declared = exchange.body().declaredBytes();
    if (declared > largestBlobBytes && !UploadedBlob.isForm(exchange) || declared > MAX_UPLOAD_BYTES) {
      throw new UploadedBlob.TooLargeException(largestBlobBytes);
    }
    try (Claim claim = new Claim(uploads.upload(declared), Claims.Kind.BUFFERS)) {
      if (!beingWritten.add(keyOf(id))) {
        JsonAnswer.error(exchange, 409, id + " is being written by another request");
        return;
      }
      try {
        if (!ids.mayBeWritten(id) && isAbsent(id)) {
          neverAgain(exchange, id); // before its body is taken
          return;
        }
        store(exchange, id, query, UploadedBlob.receive(exchange, largestBlobBytes, claim));
      } finally {
        beingWritten.remove(keyOf(id));
      }
    }
  }

  private void store(HttpExchange exchange, FileId id, BlobQuery query, UploadedBlob blob)
      throws IOException, InterruptedException {
    int sizeBytes = blob.bytes().readableBytes();
    BlobMeta meta;
    boolean absent;
    try {
      requireDigest(Optional.ofNullable(HeaderLines.joined(exchange.headers(), HttpHeaderNames.CONTENT_MD5)),
          blob.bytes());
      requireDigest(blob.contentMd5(), blob.bytes());
      meta = new BlobMeta(blob.name(), blob.contentType(), blob.contentEncoding(), ownHeaders(exchange.headers()),
          query.modifiedAt().orElseGet(clock::instant), crc(blob.bytes()));
      absent = isAbsent(id);
    } catch (IOException | RuntimeException e) {
      blob.bytes().release();
      if (e instanceof IllegalArgumentException) {
        JsonAnswer.error(exchange, 400, "" + e.getMessage());
        return;
      }
      throw e;
    }
    if (absent && ids.mayBeWritten(id)) {
      append(new NeedleDraft(id, NeedleKind.BLOB, 0, meta.write(), blob.bytes(),
          query.isSynced() ? Durability.FSYNC : durability));
      ids.written(id);
    } else {
      blob.bytes().release();
      if (query.isSynced() && durability != Durability.FSYNC) {
        volumes.sync(Set.of(id.volume())); // whoever sent it first may not have asked for that
      }
    }
    Optional<Blob> stored = find(id);
    if (stored.isEmpty() || stored.get().sizeBytes() != sizeBytes || stored.get().meta().crc() != meta.crc()) {
      neverAgain(exchange, id);
      return;
    }
    JsonAnswer.send(exchange, 201,
        JSON.objectNode().put("name", meta.name()).put("size", sizeBytes).put("eTag", meta.eTag()));
  }

  private static SortedMap<String, String> ownHeaders(HttpHeaders headers) {
    SortedMap<String, String> own = new TreeMap<>();
    headers.forEach(header -> {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(OWN_HEADER)) {
        own.merge(name, header.getValue(), (first, next) -> first + ", " + next);
      }
    });
    return own;
  }

  /// @throws IllegalArgumentException if `Content-MD5` is another
  private static void requireDigest(Optional<String> told, ByteBuf bytes) {
    if (told.isEmpty()) {
      return;
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      for (var part : bytes.nioBuffers()) {
        digest.update(part);
      }
      if (!Base64.getEncoder().encodeToString(digest.digest()).equals(told.get().strip())) {
        throw new IllegalArgumentException("the bytes are not those of Content-MD5");
      }
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  /// The key alone, whatever the cookie.
  private static FileId keyOf(FileId id) {
    return new FileId(id.volume(), id.key(), 0);
  }

  private static void neverAgain(HttpExchange exchange, FileId id) {
    JsonAnswer.error(exchange, 409,
        id + " was not handed out since the server started, or was written or deleted before,"
            + " and a file id is written once; assign another");
  }

  private boolean isAbsent(FileId id) throws IOException {
    Optional<NeedleHead> head = heads.head(id.volume(), id.key());
    head.ifPresent(found -> found.meta().release());
    return head.isEmpty();
  }

  private void append(NeedleDraft draft) throws IOException, InterruptedException {
    try {
      volumes.append(draft).get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case NoSuchVolumeException fault -> throw fault;
        case KeyReusedException fault -> throw fault;
        case IOException fault when Outage.is(fault) -> throw fault;
        case null, default -> throw new IOException("could not append " + draft.id() + ": " + e.getCause(), e);
      }
    }
  }

  private static int crc(ByteBuf bytes) {
    var sum = new CRC32C();
    for (var part : bytes.nioBuffers()) {
      sum.update(part);
    }
    return (int) sum.getValue();
  }

  private void delete(HttpExchange exchange, FileId id) throws IOException {
    Optional<Blob> found = find(id);
    if (found.isEmpty()) {
      JsonAnswer.send(exchange, 404, JSON.objectNode().put("size", 0));
      return;
    }
    BlobMeta meta = found.get().meta();
    switch (ReadConditions.of(exchange.headers()).judge(meta.eTag(), meta.modifiedAt())) {
      case ReadConditions.Verdict.Holds _ -> {
        // go on
      }
      case ReadConditions.Verdict.NotModified(String condition) -> {
        conditionFailed(exchange, condition);
        return;
      }
      case ReadConditions.Verdict.Failed(String condition) -> {
        conditionFailed(exchange, condition);
        return;
      }
    }
    deletion.markDead(id.volume(), List.of(id.key()));
    JsonAnswer.send(exchange, 202, JSON.objectNode().put("size", found.get().sizeBytes()));
  }

  /// @param trusted whoever asks may know where data lies
  private ObjectNode status(boolean trusted) {
    ObjectNode json = JSON.objectNode().put("Version", "Hayloft");
    ArrayNode list = json.putArray("Volumes");
    host.volumes().forEach(volume -> list.addObject().put("Id", volume.spec().id()).put("Size", volume.sizeBytes())
        .put("ReplicaPlacement", volume.spec().placement().toString()).put("Collection", volume.spec().collection())
        .put("DiskType", volume.spec().diskType()).put("FileCount", volume.liveNeedles() + volume.deadNeedles())
        .put("DeleteCount", volume.deadNeedles()).put("DeletedByteCount", volume.deadBytes())
        .put("ReadOnly", volume.state() != VolumeState.WRITABLE || volume.unwritable().isPresent())
        .put("CompactRevision", volume.generation()));
    ArrayNode disks = json.putArray("DiskStatuses");
    host.disks().forEach(disk -> {
      ObjectNode shown = disks.addObject();
      if (trusted) {
        shown.put("dir", disk.directory());
      }
      shown.put("all", disk.totalBytes()).put("used", disk.totalBytes() - disk.freeBytes())
          .put("free", disk.freeBytes()).put("disk_type", disk.diskType()).put("writable", disk.writable())
          .put("failures", disk.failures());
    });
    return json;
  }
}
