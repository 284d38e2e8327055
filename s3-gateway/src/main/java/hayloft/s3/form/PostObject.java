package hayloft.s3.form;

import hayloft.common.Durability;
import hayloft.common.form.FormParts;
import hayloft.common.form.MalformedFormException;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.User;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.access.AccessNeed;
import hayloft.s3.bucket.BucketRegion;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.object.Intake;
import hayloft.s3.object.ObjectHeaders;
import hayloft.s3.object.WriteReply;
import hayloft.s3.request.Addressing;
import hayloft.s3.request.Gate;
import hayloft.s3.request.HeaderScreen;
import hayloft.s3.request.Operation;
import hayloft.s3.request.PercentEncoding;
import hayloft.s3.request.S3Request;
import hayloft.s3.tagging.Tags;
import hayloft.s3.xml.XmlWriter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// `POST /{bucket}` with a browser's form: stores its file as an object.
/// [POST Object](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html)
///
/// Fields come before the file; what follows it is ignored. The file is stored as it comes in. Who sends the form is
/// what its signature says; a form without policy is its request's, most often nobody's. A presigned URL is nobody's
/// word for a form: it covers no field, so that whoever has it could choose key, list and metadata. What the request's
/// head says of the body is verified before the object is there.
final class PostObject implements Operation {

  private static final List<String> OF_OBJECTS = List.of("x-amz-acl", "x-amz-grant-", "x-amz-meta-",
      "x-amz-storage-class", "x-amz-tagging");

  private final Catalog catalog;
  private final Gate gate;
  private final AccessDecision access;
  private final Intake intake;
  private final ChecksumSource checksums;
  private final Durability durability;
  private final long maxBytes;
  private final InstantSource clock;

  PostObject(Catalog catalog, Gate gate, AccessDecision access, Intake intake, ChecksumSource checksums,
      Durability durability, long maxBytes, InstantSource clock) {
    this.catalog = catalog;
    this.gate = gate;
    this.access = access;
    this.intake = intake;
    this.checksums = checksums;
    this.durability = durability;
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    String boundary = request.header("content-type").flatMap(FormParts::boundary)
        .orElseThrow(() -> new S3Exception(new S3Error.Refused(412, "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold", List.of(new S3Error.Field("Condition",
                "Bucket POST must be of the enclosure-type multipart/form-data")))));
    requireInForm(request.headers());
    Optional<FormBody> said = FormBody.of(request);
    try (FormBody body = said.orElse(null);
        Claim fields = new Claim(request.body().claims(), Claims.Kind.HEAP);
        FormParts parts = new FormParts(body == null ? request.body() : body, boundary, fields)) {
      Form form = Form.read(parts, fields);
      String key = Addressing.checkKey(form.find("key").orElseThrow(() -> FormErrors.missing("key")));
      long minBytes = 0;
      long limitBytes = maxBytes;
      User user = request.user();
      if (form.isSigned()) {
        user = signer(form, BucketRegion.of(request.bucket()));
        FormPolicy policy = FormPolicy.parse(form.fields().getOrDefault("policy", ""));
        policy.check(form.fields(), request.bucketName(), clock.instant());
        minBytes = policy.minBytes();
        limitBytes = Math.min(maxBytes, policy.maxBytes());
      } else {
        requireNotPresigned(request);
      }
      AccessDecision.require(request.bucket(), AccessNeed.WRITE_BUCKET, user);
      if (form.find("x-amz-expected-bucket-owner").filter(id -> !id.equals(request.bucket().ownerId())).isPresent()) {
        throw AccessDecision.denied();
      }
      ObjectVersion version = store(request, form, key, user, limitBytes,
          new FilePayload(parts, form, minBytes, checksums), said);
      reply(request, form, key, version);
    } catch (MalformedFormException _) { // S3 says no more
      throw FormErrors.malformed();
    }
  }

  private static void requireNotPresigned(S3Request request) {
    if (request.isPresigned()) {
      throw new S3Exception(new S3Error.Refused(403, "AccessDenied",
          "A presigned URL does not sign the fields of a form: the form needs a policy with a signature of its own.",
          List.of()));
    }
  }

  /// What is kept with an object is a form's to say. In the request's head, or in the query of its URL, it would be
  /// believed to have been obeyed.
  private static void requireInForm(HttpHeaders headers) {
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (OF_OBJECTS.stream().anyMatch(name::startsWith)) {
        throw new S3Exception(
            new S3Error.InvalidRequest("With a form, " + name + " must be one of its fields, not a header."));
      }
    }
  }

  private User signer(Form form, String region) {
    return switch (gate.admitForm(form.fields(), region::equals)) {
      case Gate.Admission.Granted(String accessKey, _) ->
        catalog.findSigner(accessKey)
            .orElseThrow(() -> new S3Exception(new S3Error.InvalidAccessKeyId(accessKey)));
      case Gate.Admission.Anonymous _ -> throw AccessDecision.denied();
      case Gate.Admission.Refused(S3Error error) -> throw new S3Exception(error);
    };
  }

  private ObjectVersion store(S3Request request, Form form, String key, User user, long limitBytes,
      FilePayload file, Optional<FormBody> body) throws IOException {
    HttpHeaders headers = form.asHeaders();
    form.requireKnown();
    HeaderScreen.check(headers);
    String acl = access.asked(headers, user.id(), request.bucket().ownerId()).map(list -> list.text(user.id()))
        .orElse("");
    ObjectDraft draft = ObjectHeaders.draft(headers, tags(request, form), user.id(), acl);
    PutOutcome outcome = intake.receive(file,
        claims -> catalog.writeBody(request.bucket(), key, request.durability(durability), claims),
        limitBytes,
        _ -> verify(body),
        (stored, digests) -> catalog.put(request.bucket(), key, draft.withChecksum(digests.checksum()),
            digests.etagHex(), stored, Precondition.NONE, request.durability(durability)));
    return WriteReply.stored(request, outcome, Precondition.NONE);
  }

  private static void verify(Optional<FormBody> body) throws IOException {
    if (body.isPresent()) {
      body.get().verify();
    }
  }

  private static Map<String, String> tags(S3Request request, Form form) {
    Optional<String> header = form.find("x-amz-tagging");
    Optional<String> document = form.find("tagging");
    if (header.isPresent() && document.isPresent()) {
      throw new S3Exception(new S3Error.InvalidRequest("The tags are in the field tagging or in x-amz-tagging."));
    }
    return header.map(Tags::ofHeader).orElseGet(() -> document
        .map(text -> request.parseXml(text.getBytes(StandardCharsets.UTF_8), "Tagging",
            root -> Tags.ofDocument(root, Tags.MAX_OF_OBJECT)))
        .orElse(Map.of()));
  }

  private void reply(S3Request request, Form form, String key, ObjectVersion version) {
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    ObjectHeaders.acknowledge(request, version, headers);
    Optional<String> redirect = form.find("success_action_redirect").or(() -> form.find("redirect"))
        .flatMap(PostObject::url);
    if (redirect.isPresent()) {
      headers.set(HttpHeaderNames.LOCATION, redirect.get() + (redirect.get().contains("?") ? "&" : "?") + "bucket="
          + PercentEncoding.encodeKey(request.bucketName()) + "&key=" + PercentEncoding.encodeKey(key)
          + "&etag=%22" + version.etag() + "%22");
      request.reply().sendEmpty(303, headers);
      return;
    }
    String location = request.objectUrl(key);
    headers.set(HttpHeaderNames.LOCATION, location);
    switch (form.find("success_action_status").orElse("204")) {
      case "200" -> request.reply().sendEmpty(200, headers);
      case "201" -> {
        XmlWriter xml = new XmlWriter(512);
        xml.open("PostResponse");
        xml.text("Location", location);
        xml.text("Bucket", request.bucketName());
        xml.text("Key", key);
        xml.etag(version.etag());
        xml.close("PostResponse");
        headers.set(HttpHeaderNames.CONTENT_TYPE, "application/xml");
        request.reply().send(201, headers, xml.finish());
      }
      default -> request.reply().sendEmpty(204, headers);
    }
  }

  /// Where a browser can be sent; anything else is ignored, as in S3.
  private static Optional<String> url(String text) {
    try {
      URI uri = new URI(text);
      boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
      return web && uri.getHost() != null && uri.getRawFragment() == null
          ? Optional.of(uri.toASCIIString())
          : Optional.empty();
    } catch (URISyntaxException _) {
      return Optional.empty();
    }
  }
}
