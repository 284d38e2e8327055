package hayloft.s3;

import hayloft.common.http.HeaderLines;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.Refusal;
import hayloft.common.metrics.StageClock;
import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.filer.User;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.access.AccessNeed;
import hayloft.s3.access.Anonymous;
import hayloft.s3.acl.AclOperations;
import hayloft.s3.bucket.BucketOperations;
import hayloft.s3.bucket.BucketRegion;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.durability.DurabilityOperations;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.form.FormOperations;
import hayloft.s3.listing.ListingOperations;
import hayloft.s3.multipart.MultipartOperations;
import hayloft.s3.object.Intake;
import hayloft.s3.object.ObjectOperations;
import hayloft.s3.record.RequestRecords;
import hayloft.s3.request.Addressing;
import hayloft.s3.request.DigestScreen;
import hayloft.s3.request.DocumentTurns;
import hayloft.s3.request.Faults;
import hayloft.s3.request.Gate;
import hayloft.s3.request.HeaderScreen;
import hayloft.s3.request.HeapRoom;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Payload;
import hayloft.s3.request.PresignedHeaders;
import hayloft.s3.request.Query;
import hayloft.s3.request.Refusals;
import hayloft.s3.request.Reply;
import hayloft.s3.request.RequestIds;
import hayloft.s3.request.S3Request;
import hayloft.s3.routing.Router;
import hayloft.s3.routing.S3Operation;
import hayloft.s3.tagging.TaggingOperations;
import hayloft.s3.versioning.VersioningOperations;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.time.InstantSource;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The S3 protocol: finds out what a request is and who sends it, and lets the operation answer. Thread-safe.
///
/// All on the event loop, in this order: bucket and key, signature, headers that the query holds, operation,
/// headers that would have to be obeyed and are not, who may enter the bucket. The operation then answers at once or
/// forks. An operation that Hayloft does not have is answered 501 by its name and touches nothing. Preflights are
/// answered before anybody looks for a signature.
public final class S3Gateway implements HttpHandler {

  private static final String EXPECTED_OWNER = "x-amz-expected-bucket-owner";

  private final Catalog catalog;
  private final Gate gate;
  private final AccessDecision access;
  private final Addressing addressing;
  private final HeapRoom heap = HeapRoom.ofThisProcess();
  private final DocumentTurns turns = DocumentTurns.ofThisProcess();
  private final Router router;
  private final Map<S3Operation, Operation> operations = new EnumMap<>(S3Operation.class);
  private final String hostId = RequestIds.next() + RequestIds.next();
  private final RequestRecords records;

  public S3Gateway(Catalog catalog, Gate gate, ChecksumSource checksums, GatewayConfig config) {
    this(catalog, gate, checksums, config, InstantSource.system());
  }

  public S3Gateway(Catalog catalog, Gate gate, ChecksumSource checksums, GatewayConfig config, InstantSource clock) {
    this(catalog, gate, checksums, config, clock, new RequestRecords());
  }

  /// @param clock that the policies of forms expire by
  /// @param records what is kept of requests
  public S3Gateway(Catalog catalog, Gate gate, ChecksumSource checksums, GatewayConfig config, InstantSource clock,
      RequestRecords records) {
    this.records = records;
    this.catalog = catalog;
    this.gate = gate;
    this.access = new AccessDecision(catalog);
    this.addressing = new Addressing(config.domains());
    Intake intake = new Intake(checksums);
    operations.putAll(BucketOperations.of(catalog, access, config.region(), config.durability()));
    operations.putAll(ObjectOperations.of(catalog, access, intake, config.durability(), config.maxPutBytes()));
    operations.putAll(ListingOperations.of(catalog));
    operations.putAll(MultipartOperations.of(catalog, access, intake, checksums, config.durability(),
        config.maxPutBytes()));
    operations.putAll(TaggingOperations.of(catalog, config.durability()));
    operations.putAll(VersioningOperations.of(catalog));
    operations.putAll(FormOperations.of(catalog, gate, access, intake, checksums, config.durability(),
        config.maxPutBytes(), clock));
    operations.putAll(DurabilityOperations.of(catalog));
    operations.putAll(AclOperations.of(catalog, access, config.durability()));
    router = new Router(operations.keySet());
  }

  /// The operations that this gateway has.
  public Set<S3Operation> operations() {
    return Collections.unmodifiableSet(operations.keySet());
  }

  @Override
  public void handle(HttpExchange exchange) {
    StageClock stages = records.newClock();
    Reply reply = new Reply(exchange, RequestIds.next(), hostId, records.unrouted(), stages);
    if (stages == null) {
      answer(exchange, reply);
    } else {
      ScopedValue.where(StageClock.CURRENT, stages).run(() -> answer(exchange, reply));
    }
  }

  private void answer(HttpExchange exchange, Reply reply) {
    try {
      try {
        begin(exchange, reply);
      } catch (Exception e) {
        Faults.answer(reply, line -> line.with("method", exchange.method()).with("target", exchange.target()), e);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cannot answer " + exchange.method() + " " + exchange.target(), e);
    }
  }

  @Override
  public Refusal refusal(int status, String target) {
    return Refusals.of(status, target, RequestIds.next(), hostId);
  }

  private void begin(HttpExchange exchange, Reply reply) throws Exception {
    String target = withoutAuthority(exchange.target());
    int question = target.indexOf('?');
    Query query = question < 0 ? Query.EMPTY : Query.parse(target.substring(question + 1));
    Addressing.Address address = addressing.resolve(question < 0 ? target : target.substring(0, question),
        exchange.headers().get("host"));
    reply.isAbout(address);
    if (exchange.method().equals(HttpMethod.OPTIONS)) {
      answerPreflight(exchange, reply, address, query);
      return;
    }
    long started = StageClock.start();
    Optional<String> hostBucket = address.hostBucket() ? Optional.of(address.bucket()) : Optional.empty();
    switch (gate.admit(exchange, hostBucket, region -> mayBeSignedFor(region, exchange, address, query))) {
      case Gate.Admission.Granted(String accessKey, Payload.Source payload) -> {
        User user = catalog.findSigner(accessKey)
            .orElseThrow(() -> new S3Exception(new S3Error.InvalidAccessKeyId(accessKey)));
        reply.isFrom(user.id());
        if (exchange.headers().contains(HttpHeaderNames.AUTHORIZATION)) { // a presigned URL may be in anybody's hands
          exchange.belongsTo(user.id());
        }
        Query rest = PresignedHeaders.putBack(query, exchange.method(), exchange.headers());
        S3Operation operation = router.route(exchange.method(), address.level(), rest, exchange.headers());
        reply.observedBy(records.of(operation));
        run(operation, exchange, reply, address, rest, user, payload, started);
      }
      case Gate.Admission.Anonymous(Payload.Source payload) -> {
        Query rest = PresignedHeaders.putBack(query, exchange.method(), exchange.headers());
        S3Operation operation = router.route(exchange.method(), address.level(), rest, exchange.headers());
        reply.observedBy(records.of(operation));
        if (!operations.containsKey(operation)) {
          throw AccessDecision.denied();
        }
        run(operation, exchange, reply, address, rest, Anonymous.USER, payload, started);
      }
      case Gate.Admission.Refused(S3Error error) -> {
        if (error.status() == 403) {
          tellRegion(address, reply);
        }
        throw new S3Exception(error);
      }
    }
  }

  /// Whoever may not use a bucket may be in the wrong place.
  private void tellRegion(Addressing.Address address, Reply reply) {
    if (address.level() == Addressing.Level.BUCKET) {
      catalog.findBucket(address.bucket()).ifPresent(bucket -> reply.isInRegion(BucketRegion.of(bucket)));
    }
  }

  /// Browsers ask without credentials, and with the whole query of the request to come: the signature in it is not of
  /// this one.
  private void answerPreflight(HttpExchange exchange, Reply reply, Addressing.Address address, Query query) {
    S3Operation preflight = router.route(exchange.method(), address.level(), query, exchange.headers());
    reply.observedBy(records.of(preflight));
    throw new S3Exception(S3Error.NotImplemented.operation(preflight.awsName()));
  }

  /// Whether a request may be signed for a region that is not the store's: its bucket is from a time when the store
  /// was in it, or it is us-east-1 and the client need not know better.
  private boolean mayBeSignedFor(String region, HttpExchange exchange, Addressing.Address address, Query query) {
    return region.equals(BucketRegion.US_EAST_1)
        && router.isGlobal(exchange.method(), address.level(), query, exchange.headers())
        || catalog.findBucket(address.bucket()).map(BucketRegion::of).filter(region::equals).isPresent();
  }

  private void run(S3Operation name, HttpExchange exchange, Reply reply, Addressing.Address address, Query query,
      User user, Payload.Source payload, long started) throws Exception {
    Operation operation = operations.get(name);
    if (operation == null) {
      throw new S3Exception(S3Error.NotImplemented.operation(name.awsName()));
    }
    HeaderScreen.check(exchange.headers());
    if (!name.isRead()) {
      HeaderScreen.checkConditions(exchange.headers(), name.conditions());
    }
    AccessNeed need = AccessNeeds.of(name);
    Bucket bucket = bucket(name, need, reply, address, user);
    reply.entered(bucket);
    if (name.needsDigest()) {
      DigestScreen.check(exchange.headers(), name.mayHaveNoDocument());
    }
    S3Request request = new S3Request(exchange, reply, address, query, user, bucket, payload, access, need,
        turns, heap.nothing(user.id()));
    StageClock.stop(StageClock.Stage.AUTH, started);
    try {
      operation.begin(request);
    } catch (Exception e) {
      request.answerFailure(e);
    }
  }

  private @Nullable Bucket bucket(S3Operation name, AccessNeed need, Reply reply, Addressing.Address address,
      User user) {
    if (name.level() == Addressing.Level.SERVICE || name == S3Operation.CREATE_BUCKET) {
      if (Anonymous.is(user)) {
        throw AccessDecision.denied();
      }
      return null;
    }
    try {
      return access.enter(address.bucket(), need, user, HeaderLines.joined(reply.exchange().headers(), EXPECTED_OWNER));
    } catch (S3Exception e) {
      if (e.error() == S3Error.Plain.ACCESS_DENIED) {
        tellRegion(address, reply);
      }
      throw e;
    }
  }

  /// A target in absolute form, as proxies get it, without scheme and host.
  private static String withoutAuthority(String target) {
    if (!target.startsWith("http://") && !target.startsWith("https://")) {
      return target;
    }
    int path = target.indexOf('/', target.indexOf("://") + 3);
    return path < 0 ? "/" : target.substring(path);
  }
}
