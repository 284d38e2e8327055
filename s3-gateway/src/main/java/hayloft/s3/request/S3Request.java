package hayloft.s3.request;

import hayloft.common.http.HeaderLines;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.memory.GatheredBytes;
import hayloft.common.Durability;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.metrics.StageClock;
import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectVersion;
import hayloft.filer.User;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.access.AccessNeed;
import hayloft.s3.access.Permission;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import hayloft.s3.xml.XmlWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A request that was admitted: who asks, for what, with which parameters and body. Confined like its exchange.
public final class S3Request {

  private final HttpExchange exchange;
  private final Reply reply;
  private final Addressing.Address address;
  private final Query query;
  private final User user;
  private final @Nullable Bucket bucket;
  private final Payload.Source payload;
  private final AccessDecision access;
  private final AccessNeed need;
  private final DocumentTurns turns;
  private HeapRoom.Claim heap;
  private @Nullable AnswerHeap answerHeap;

  /// @param bucket null if the operation is about none, or about one that need not be there
  /// @param need what the operation needs; on the bucket it is judged already
  /// @param turns when the document is parsed
  /// @param heap a claim of nothing, which grows with the document that the request brings
  public S3Request(HttpExchange exchange, Reply reply, Addressing.Address address, Query query, User user,
      @Nullable Bucket bucket, Payload.Source payload, AccessDecision access, AccessNeed need,
      DocumentTurns turns, HeapRoom.Claim heap) {
    this.exchange = exchange;
    this.reply = reply;
    this.address = address;
    this.query = query;
    this.user = user;
    this.bucket = bucket;
    this.payload = payload;
    this.access = access;
    this.need = need;
    this.turns = turns;
    this.heap = heap;
  }

  public HttpMethod method() {
    return exchange.method();
  }

  public HttpHeaders headers() {
    return exchange.headers();
  }

  /// A header that is there and not empty; several lines of it are a list.
  public Optional<String> header(String name) {
    return Optional.ofNullable(HeaderLines.joined(exchange.headers(), name)).filter(value -> !value.isEmpty());
  }

  public Query query() {
    return query;
  }

  public User user() {
    return user;
  }

  /// Whether it is the URL that says who asks: anybody may have it, and it does not cover the body.
  public boolean isPresigned() {
    return PresignedHeaders.isPresigned(query);
  }

  public Reply reply() {
    return reply;
  }

  public String bucketName() {
    return address.bucket();
  }

  /// The bucket as it stood when the request came. Only for operations on buckets and objects other than CreateBucket.
  public Bucket bucket() {
    if (bucket == null) {
      throw new IllegalStateException("the operation is about no bucket");
    }
    return bucket;
  }

  /// Changes the request's bucket.
  ///
  /// @throws S3Exception NoSuchBucket if it is gone meanwhile; another one of its name is not touched
  public void changeBucket(Catalog catalog, UnaryOperator<Bucket> change) throws IOException {
    long id = bucket().id();
    Optional<Bucket> changed = catalog.updateBucket(bucketName(), now -> {
      if (now.id() != id) {
        throw new S3Exception(new S3Error.NoSuchBucket(bucketName()));
      }
      return change.apply(now);
    });
    if (changed.isEmpty()) {
      throw new S3Exception(new S3Error.NoSuchBucket(bucketName()));
    }
  }

  /// What this request's mutation is acknowledged as: by the bucket as it stood when the request came.
  ///
  /// @param usual the process's
  public Durability durability(Durability usual) {
    return bucket().durabilityOr(usual);
  }

  public String key() {
    return address.key();
  }

  /// Where the object is found, by the host and in the style that the client used.
  public String objectUrl() {
    return objectUrl(key());
  }

  /// The same for another key of the bucket.
  public String objectUrl(String otherKey) {
    String origin = (exchange.isTls() ? "https://" : "http://") + header("host").orElse("localhost");
    String bucketPart = address.hostBucket() ? "/" : "/" + bucketName() + "/";
    return origin + bucketPart + PercentEncoding.encodeKey(otherKey);
  }

  /// The version that `versionId` names, or the latest.
  ///
  /// @throws S3Exception InvalidArgument if the parameter is there and no id
  public VersionSelector version() {
    Optional<String> versionId = query.find("versionId");
    if (versionId.isEmpty()) {
      return VersionSelector.LATEST;
    }
    return version("versionId", versionId.get());
  }

  /// The version that an id names, wherever the client wrote it.
  ///
  /// @param argument where that was
  /// @throws S3Exception InvalidArgument if it is no id
  public static VersionSelector version(String argument, String id) {
    return VersionSelector.ofId(id)
        .orElseThrow(() -> new S3Exception(new S3Error.InvalidArgument(
            id.isEmpty() ? "Version id cannot be the empty string" : "Invalid version id specified", argument, id)));
  }

  /// Whether the bucket is the user's as far as rights go.
  public boolean ownsBucket() {
    return AccessDecision.owns(user, bucket());
  }

  /// The list that headers ask for, for an object that this request writes: [hayloft.filer.ObjectDraft#acl].
  ///
  /// @throws S3Exception InvalidArgument and its kin
  public String aclOfObject() {
    return access.asked(headers(), user.id(), bucket().ownerId()).map(list -> list.text(user.id())).orElse("");
  }

  /// The version that a lookup found, if the user may do to it what the operation does.
  ///
  /// @throws S3Exception NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker that was asked for by its
  ///   id; AccessDenied, also instead of these to who may not list the bucket
  public ObjectVersion found(Lookup lookup) {
    return found(lookup, version(), key());
  }

  /// The same for another key or version than the request's own.
  public ObjectVersion found(Lookup lookup, VersionSelector which, String wantedKey) {
    return found(bucket(), lookup, which, wantedKey, need.onObject());
  }

  /// The same in another bucket, which the user has entered.
  ///
  /// @param wanted on the version
  public ObjectVersion found(Bucket from, Lookup lookup, VersionSelector which, String wantedKey,
      Optional<Permission> wanted) {
    if (lookup instanceof Lookup.Found(ObjectVersion version)) {
      if (wanted.isPresent()) {
        AccessDecision.require(from, version, wanted.get(), user);
      }
      return version;
    }
    if (!AccessDecision.mayList(from, user)) {
      throw AccessDecision.denied();
    }
    return switch (lookup) {
      case Lookup.Found(ObjectVersion version) -> version;
      case Lookup.DeleteMarker marker -> throw new S3Exception(switch (which) {
        case VersionSelector.Latest _ -> new S3Error.NoSuchKey(wantedKey, Optional.of(marker.versionId()));
        case VersionSelector.Exactly _ -> new S3Error.MethodNotAllowed(method().name(), "DeleteMarker",
            Optional.of(marker.versionId()));
      });
      case Lookup.Absent _ -> throw new S3Exception(switch (which) {
        case VersionSelector.Latest _ -> new S3Error.NoSuchKey(wantedKey);
        case VersionSelector.Exactly(String versionId) -> new S3Error.NoSuchVersion(wantedKey, versionId);
      });
    };
  }

  /// Adds `x-amz-version-id`, unless the bucket never had versioning.
  public void addVersionId(HttpHeaders replyHeaders, String versionId) {
    if (bucket().versioning() != Versioning.UNVERSIONED) {
      replyHeaders.set("x-amz-version-id", versionId);
    }
  }

  /// Adds the version that a write made, if versioning is enabled; a suspended bucket's null version is not told.
  public void addNewVersionId(HttpHeaders replyHeaders, String versionId) {
    if (bucket().versioning() == Versioning.ENABLED) {
      replyHeaders.set("x-amz-version-id", versionId);
    }
  }

  /// The body as it was sent, unchecked: what a form's fields say of it comes inside.
  public RequestBody body() {
    return exchange.body();
  }

  /// Opens the body. At most once; the caller closes it.
  ///
  /// @param algorithmByDefault a checksum to compute if the request names none
  public Payload openPayload(Optional<ChecksumAlgorithm> algorithmByDefault) {
    return payload.open(algorithmByDefault, Payload.Claimed.BODY);
  }

  /// Runs the rest on a virtual thread; what it throws is answered.
  public void fork(HttpExchange.Waiting rest) {
    StageClock clock = reply.clock();
    if (clock == null) {
      exchange.fork(() -> runAnswering(rest));
    } else {
      exchange.fork(() -> ScopedValue.where(StageClock.CURRENT, clock).call(() -> {
        runAnswering(rest);
        return true;
      }));
    }
  }

  private void runAnswering(HttpExchange.Waiting rest) throws Exception {
    try {
      rest.run();
    } catch (Exception e) {
      answerFailure(e);
    } finally {
      heap.close();
      AnswerHeap made = answerHeap;
      if (made != null) {
        made.close();
      }
    }
  }

  private AnswerHeap answerHeap() {
    AnswerHeap made = answerHeap;
    if (made == null) {
      made = new AnswerHeap(exchange.body().claims());
      answerHeap = made;
    }
    return made;
  }

  /// So many rows are about to be read for the answer. On the fork, where it waits a moment for room.
  ///
  /// @throws hayloft.common.volume.StoreBusyException if there is none
  public void claimRows(int count) throws IOException {
    answerHeap().takeRows(count);
  }

  /// A page is about to be read, a row at a time, of which a document will be made.
  ///
  /// @param aroundRows bytes of the document besides rows
  /// @param aroundRow bytes of the document for each row besides its name
  /// @param nameBytes bytes of the document for a name
  /// @return room for its rows
  /// @throws hayloft.common.volume.StoreBusyException if there is none for a page without rows
  public AnswerPage claimPage(int aroundRows, int aroundRow, ToIntFunction<String> nameBytes) throws IOException {
    return new AnswerPage(answerHeap(), aroundRows, aroundRow, nameBytes);
  }

  /// Begins the document of a page. Its room is there; should it grow beyond, it waits for more.
  public XmlWriter document(AnswerPage page) {
    return page.document();
  }

  /// So many parts are about to be read, which are smaller than what a listing has a row for.
  ///
  /// @throws hayloft.common.volume.StoreBusyException if there is none
  public void claimParts(int count) throws IOException {
    answerHeap().takeSmallRows(count, 0);
  }

  /// The same for parts of which a document will be made.
  ///
  /// @param documentBytes that it has at the most
  /// @throws hayloft.common.volume.StoreBusyException if there is none
  public void claimParts(int count, int documentBytes) throws IOException {
    answerHeap().takeSmallRows(count, documentBytes);
  }

  /// What was claimed of rows and parts is not kept any more, and the answer goes on.
  public void giveBackRows() {
    answerHeap().giveBackRows();
  }

  /// Begins a document of what clients have stored; at most one. On the fork: while it grows it waits for room.
  ///
  /// @param expectedBytes a guess
  /// @throws S3Exception SlowDown if there is no room, also of what the document's methods are told later
  public XmlWriter document(int expectedBytes) {
    return new XmlWriter(expectedBytes, answerHeap());
  }

  /// Before something is done that a document has to tell of: no want of room refuses that any more.
  ///
  /// @param rows small ones, that the document is made of
  /// @param mostBytes the document has, whatever comes of it
  /// @throws hayloft.common.volume.StoreBusyException if there is no room
  public void oweDocument(int rows, int mostBytes) throws IOException {
    answerHeap().takeSmallRows(rows, mostBytes);
    exchange.oweAnswer(mostBytes);
    answerHeap().owe();
  }

  /// Runs what was begun on the event loop there once it is over; see [HttpExchange#later]. Null if it has to be
  /// forked.
  public @Nullable Executor later() {
    return exchange.later();
  }

  /// Answers with what a stage comes to; what that or the answer throws is answered.
  public <T> void answerWith(CompletionStage<T> stage, Answer<T> answer) {
    var _ = stage.whenComplete((value, fault) -> {
      try {
        try {
          if (fault != null) {
            throw fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
          }
          answer.with(value);
        } catch (Exception e) {
          answerFailure(e);
        }
      } catch (Throwable e) { // nobody else would end the exchange
        exchange.fail(e);
      }
    });
  }

  /// Makes an answer of what an operation came to.
  @FunctionalInterface
  public interface Answer<T> {
    void with(T outcome) throws IOException;
  }

  /// Answers what an operation threw.
  public void answerFailure(Exception failure) throws Exception {
    Faults.answer(reply,
        line -> line.with("user", user.id()).with("method", method()).with("bucket", bucketName()).with("key", key()),
        failure);
  }

  /// Reads and checks the whole body. On the fork.
  ///
  /// @throws S3Exception MaxMessageLengthExceeded, or what the check of the payload says
  public byte[] readDocument(int maxBytes) throws IOException {
    return readDocument(maxBytes, Payload.Claimed.BODY);
  }

  private byte[] readDocument(int maxBytes, Payload.Claimed claimed) throws IOException {
    try (Payload body = payload.open(Optional.empty(), claimed)) {
      return readAll(body, maxBytes);
    }
  }

  private byte[] readAll(Payload body, int maxBytes) throws IOException {
    if (body.decodedBytes() > maxBytes) {
      throw new S3Exception(S3Error.Plain.MAX_MESSAGE_LENGTH_EXCEEDED);
    }
    try (Claim counted = new Claim(body.claims(), Claims.Kind.BUFFERS)) {
      GatheredBytes gathered = new GatheredBytes(counted);
      try {
        for (ByteBuf piece = body.next(); piece != null; piece = body.next()) {
          if (gathered.sizeBytes() + piece.readableBytes() > maxBytes) {
            piece.release();
            throw new S3Exception(S3Error.Plain.MAX_MESSAGE_LENGTH_EXCEEDED);
          }
          gathered.add(piece);
        }
        body.finish();
        return onHeap(gathered);
      } finally {
        gathered.release();
      }
    }
  }

  /// Once all of it has come: what a client takes its time with is in buffers.
  private byte[] onHeap(GatheredBytes gathered) {
    if (gathered.sizeBytes() > UNCLAIMED_DOCUMENT_BYTES) {
      heap = heap.plus((long) HEAP_BYTES_PER_DOCUMENT_BYTE * gathered.sizeBytes());
    }
    ByteBuf document = gathered.take();
    try {
      return ByteBufUtil.getBytes(document);
    } finally {
      document.release();
    }
  }

  /// Reads the body as a document whose root element has this name, and makes something of it. On the fork.
  ///
  /// @throws S3Exception MalformedXML and what [#readDocument] throws
  public <T> T readXml(String rootName, int maxBytes, XmlReader<T> reader) throws IOException {
    return parseXml(readDocument(maxBytes), rootName, reader);
  }

  /// The same for a request whose `x-amz-checksum-*` is not its body's but the object's.
  ///
  /// @throws S3Exception MalformedXML and what [#readDocument] throws
  public <T> T readXmlOfObject(String rootName, int maxBytes, XmlReader<T> reader) throws IOException {
    return parseXml(readDocument(maxBytes, Payload.Claimed.OBJECT), rootName, reader);
  }

  /// @throws S3Exception MalformedXML
  public <T> T parseXml(byte[] document, String rootName, XmlReader<T> reader) {
    try {
      XmlElement root = parse(document);
      if (!root.name().equals(rootName)) {
        throw new MalformedXmlException("the root is " + root.name() + ", not " + rootName);
      }
      return reader.read(root);
    } catch (MalformedXmlException _) {
      throw new S3Exception(S3Error.Plain.MALFORMED_XML);
    }
  }

  /// Reads a document once it is this user's turn. On the fork.
  ///
  /// @throws S3Exception SlowDown
  public XmlElement parse(byte[] document) throws MalformedXmlException {
    if (document.length <= UNCLAIMED_DOCUMENT_BYTES) {
      return XmlElement.parse(document);
    }
    try (DocumentTurns.Turn _ = turns.take(user.id())) {
      return XmlElement.parse(document);
    }
  }

  /// Makes something of a document.
  @FunctionalInterface
  public interface XmlReader<T> {
    T read(XmlElement root) throws MalformedXmlException;
  }

  /// Documents up to this size are not worth a claim, nor a turn.
  private static final int UNCLAIMED_DOCUMENT_BYTES = 8 << 10;
  /// The document twice while it is put together, and then its elements, of which little stays.
  private static final int HEAP_BYTES_PER_DOCUMENT_BYTE = 4;

  /// Limit of request documents that hold no lists.
  public static final int DOCUMENT_BYTES = 1 << 20;
}
