package hayloft.s3.request;

import hayloft.common.Durability;
import hayloft.common.PieceSource;
import hayloft.common.http.ExchangeTimes;
import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.Refusal;
import hayloft.common.http.ResponseBody;
import hayloft.common.metrics.StageClock;
import hayloft.filer.Bucket;
import hayloft.s3.error.ErrorDocument;
import hayloft.s3.error.S3Error;
import hayloft.s3.xml.XmlWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The one answer to a request, and what is known of the request until it is over. Confined like its exchange.
public final class Reply implements ExchangeWatcher {

  private static final AsciiString REQUEST_ID = AsciiString.cached("x-amz-request-id");
  private static final AsciiString HOST_ID = AsciiString.cached("x-amz-id-2");
  private static final AsciiString DURABILITY = AsciiString.cached("x-hayloft-durability");
  private static final AsciiString SERVER = AsciiString.cached("Hayloft");
  private static final AsciiString XML = AsciiString.cached("application/xml");

  private final HttpExchange exchange;
  private final String requestId;
  private final String hostId;
  private final @Nullable StageClock clock;
  private final long begunNanos;
  private final LongSupplier nanoTime;
  private boolean begun;
  private @Nullable EarlyAnswer early;

  // For who observes it.
  private RequestObserver observer;
  private Addressing.@Nullable Address address;
  private @Nullable Bucket bucket;
  private String requester = "";
  private @Nullable String errorCode;
  private @Nullable String bucketRegion;
  private @Nullable HttpHeaders sent;
  private long objectBytes = -1;

  /// Looks after the exchange from now on.
  ///
  /// @param hostId names the process that answers, opaquely
  /// @param observer hears of its end, unless another one is named meanwhile
  /// @param clock that tells its stages; null if nobody wants to know
  public Reply(HttpExchange exchange, String requestId, String hostId, RequestObserver observer,
      @Nullable StageClock clock) {
    this(exchange, requestId, hostId, observer, clock, System::nanoTime);
  }

  /// @param nanoTime that tells how long a client has waited
  public Reply(HttpExchange exchange, String requestId, String hostId, RequestObserver observer,
      @Nullable StageClock clock, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.exchange = exchange;
    this.requestId = requestId;
    this.hostId = hostId;
    this.observer = observer;
    this.clock = clock;
    this.begunNanos = clock == null ? 0 : System.nanoTime();
    exchange.watch(this);
  }

  /// It is known now what the request means.
  public void observedBy(RequestObserver next) {
    observer = next;
  }

  public RequestObserver observer() {
    return observer;
  }

  public void isAbout(Addressing.Address asked) {
    address = asked;
  }

  /// @param userId empty for nobody
  public void isFrom(String userId) {
    requester = userId;
  }

  public void entered(@Nullable Bucket found) {
    bucket = found;
  }

  /// Errors tell from now on where the bucket is: who may not use it may be in the wrong place.
  public void isInRegion(String region) {
    bucketRegion = region;
  }

  /// The size of the object that it reads or writes.
  public void isOfObject(long bytes) {
    objectBytes = bytes;
  }

  public HttpExchange exchange() {
    return exchange;
  }

  public String hostId() {
    return hostId;
  }

  public @Nullable StageClock clock() {
    return clock;
  }

  /// When the gateway was given it; 0 without a clock.
  public long begunNanos() {
    return begunNanos;
  }

  /// Empty if it is about none, or if that was never understood.
  public String bucket() {
    return address == null ? "" : address.bucket();
  }

  /// Empty if it is about none, or if that was never understood.
  public String key() {
    return address == null ? "" : address.key();
  }

  /// Empty if no bucket was entered.
  public String bucketOwner() {
    return bucket == null ? "" : bucket.ownerId();
  }

  /// Empty for nobody.
  public String requester() {
    return requester;
  }

  /// Of the error that was answered; null if none was.
  public @Nullable String errorCode() {
    return errorCode;
  }

  /// -1 if it is about no object.
  public long objectBytes() {
    return objectBytes;
  }

  /// That the answer names; empty if it names none.
  public String versionId() {
    String named = sent == null ? null : sent.get("x-amz-version-id");
    return named == null ? "" : named;
  }

  @Override
  public String reference() {
    return requestId;
  }

  @Override
  public Refusal refusal(int status) {
    errorCode = Refusals.error(status).code();
    return Refusals.of(status, exchange.target(), requestId, hostId);
  }

  @Override
  public void ended(ExchangeTimes times) {
    observer.ended(this, times);
  }

  public String requestId() {
    return requestId;
  }

  /// True once a head has been sent: an error can then only be shown by closing the connection.
  public boolean hasBegun() {
    return begun;
  }

  /// New headers with what every answer has.
  public HttpHeaders headers() {
    HttpHeaders headers = new DefaultHttpHeaders();
    addIds(headers, requestId, hostId);
    return headers;
  }

  /// Adds who answers which request.
  public static void addIds(HttpHeaders headers, String requestId, String hostId) {
    headers.set(REQUEST_ID, requestId);
    headers.set(HOST_ID, hostId);
    headers.set(HttpHeaderNames.SERVER, SERVER);
  }

  /// New headers of an answer to a mutation: they say what the acknowledgement promises.
  public HttpHeaders headers(Durability durability) {
    return headers().set(DURABILITY, durability.text());
  }

  /// Answers with a complete body. Takes it.
  public void send(int status, HttpHeaders headers, ByteBuf body) {
    begin(headers);
    exchange.respond(status, headers, body);
  }

  public void sendEmpty(int status, HttpHeaders headers) {
    send(status, headers, Unpooled.EMPTY_BUFFER);
  }

  /// Answers 200 with a document. Takes the writer's buffer.
  public void sendXml(HttpHeaders headers, XmlWriter document) {
    headers.set(HttpHeaderNames.CONTENT_TYPE, XML);
    send(200, headers, document.finish());
  }

  /// To be called again and again by work that may take long, on its fork: keeps the client waiting with the begin of a
  /// 200 and white space, once it has got nothing for some seconds. Such work ends with [#sendXmlAtLast].
  ///
  /// @param headers of an answer that begins now
  /// @throws IOException if the client is gone
  public void stillAtWork(Supplier<HttpHeaders> headers) throws IOException {
    EarlyAnswer waiting = early;
    if (waiting == null) {
      early = new EarlyAnswer(nanoTime);
    } else if (waiting.isDue() && waiting.isOpen()) {
      waiting.goOn();
    } else if (waiting.isDue()) {
      HttpHeaders first = headers.get().set(HttpHeaderNames.CONTENT_TYPE, XML);
      waiting.begin(sendInPieces(200, first, -1));
    }
  }

  /// Answers 200 with a document, or ends an answer that has begun with it. Takes the writer's buffer.
  ///
  /// @param headers that are too late if the answer has begun
  /// @throws IOException if the client is gone
  public void sendXmlAtLast(HttpHeaders headers, XmlWriter document) throws IOException {
    EarlyAnswer waiting = early;
    if (waiting != null && waiting.isOpen()) {
      sent = headers;
      waiting.end(document.finish());
    } else {
      sendXml(headers, document);
    }
  }

  /// Ends an answer that has begun early with an error, which then has no status.
  ///
  /// @return false if no such answer has begun
  /// @throws IOException if the client is gone
  boolean endWith(S3Error error) throws IOException {
    EarlyAnswer waiting = early;
    if (waiting == null || !waiting.isOpen()) {
      return false;
    }
    errorCode = error.code();
    waiting.end(document(error));
    return true;
  }

  private ByteBuf document(S3Error error) {
    return ErrorDocument.of(error, path(exchange.target()), requestId, hostId);
  }

  /// Begins an answer that comes in pieces.
  public ResponseBody sendInPieces(int status, HttpHeaders headers, long contentLength) throws IOException {
    begin(headers);
    return exchange.respondInPieces(status, headers, contentLength);
  }

  /// Answers with a first piece and what comes from a source behind it; see [HttpExchange#respondFrom]. Takes both.
  public void sendFrom(int status, HttpHeaders headers, long contentLength, ByteBuf first, PieceSource rest)
      throws IOException {
    begin(headers);
    exchange.respondFrom(status, headers, contentLength, first, rest);
  }

  /// Answers with an error; without its document if the method is HEAD.
  public void sendError(S3Error error) {
    sendError(error, headers());
  }

  /// The same with headers that have more to say. Takes them.
  public void sendError(S3Error error, HttpHeaders headers) {
    errorCode = error.code();
    error.addHeaders(headers);
    String region = bucketRegion;
    if (region != null) {
      headers.set(S3Error.BUCKET_REGION, region);
    }
    headers.set(HttpHeaderNames.CONTENT_TYPE, XML);
    if (exchange.method().equals(HttpMethod.HEAD)) {
      sendEmpty(error.status(), headers);
    } else {
      send(error.status(), headers, document(error));
    }
  }

  private void begin(HttpHeaders headers) {
    begun = true;
    sent = headers;
  }

  /// A target without its query, as errors name it.
  public static String path(String target) {
    int question = target.indexOf('?');
    return question < 0 ? target : target.substring(0, question);
  }
}
