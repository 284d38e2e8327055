package hayloft.s3.record;

import hayloft.common.log.ClientText;
import hayloft.common.log.LogText;
import hayloft.common.tls.TlsSession;
import hayloft.s3.request.Addressing.Level;
import hayloft.s3.routing.S3Operation;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/// A line in the form of S3's server access logs: 26 fields, in this order, `-` for what is not known. Stateless.
/// [Server access log format](https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html)
///
/// Bucket owner, bucket, time, remote address, requester, request id, operation, key, request, status, error code,
/// bytes sent, object size, total time, turn-around time (both in ms), referer, user agent, version id, host id,
/// signature version, cipher suite, authentication type, host header, TLS version, access point, whether a list of
/// access controls was needed.
///
/// A bare `…` stands behind what a client sent and what was cut; one of its own is percent-encoded.
final class S3LogLine {

  private static final DateTimeFormatter TIME = DateTimeFormatter
      .ofPattern("'['dd/MMM/yyyy:HH:mm:ss +0000']'", Locale.ENGLISH).withZone(ZoneOffset.UTC);
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final String NOTHING = "-";
  private static final char CUT = ClientText.CUT.charAt(0);

  private S3LogLine() {}

  static String of(AccessEntry entry) {
    return String.join(" ", word(entry.bucketOwner()), word(entry.bucket()), TIME.format(entry.at()),
        word(entry.remote()), word(entry.requester()), word(entry.requestId()), operation(entry),
        entry.key().isEmpty() ? NOTHING : encoded(entry.key().text()) + mark(entry.key()), request(entry),
        entry.status() == 0 ? NOTHING : Integer.toString(entry.status()), word(entry.errorCode()),
        entry.sentBytes() == 0 ? NOTHING : Long.toString(entry.sentBytes()),
        entry.objectBytes() < 0 ? NOTHING : Long.toString(entry.objectBytes()), Long.toString(entry.totalMillis()),
        Long.toString(entry.turnAroundMillis()), quoted(entry.referer()), quoted(entry.userAgent()),
        word(entry.versionId()), word(entry.hostId()), word(entry.signature()),
        entry.tls().map(TlsSession::cipherSuite).orElse(NOTHING), word(entry.authentication()), word(entry.host()),
        entry.tls().map(TlsSession::version).orElse(NOTHING), NOTHING, NOTHING);
  }

  /// `REST.` method `.` what it is about.
  static String operation(AccessEntry entry) {
    return "REST." + (entry.operation().filter(S3LogLine::isCopy).isPresent() ? "COPY" : word(entry.method())) + "."
        + resource(entry);
  }

  private static boolean isCopy(S3Operation operation) {
    return operation == S3Operation.COPY_OBJECT || operation == S3Operation.UPLOAD_PART_COPY;
  }

  private static String resource(AccessEntry entry) {
    Optional<S3Operation> operation = entry.operation();
    if (operation.isEmpty()) {
      return !entry.key().isEmpty() ? "OBJECT" : !entry.bucket().isEmpty() ? "BUCKET" : "SERVICE";
    }
    return switch (operation.get()) {
      case DELETE_OBJECTS -> "MULTI_OBJECT_DELETE";
      case CREATE_MULTIPART_UPLOAD, LIST_MULTIPART_UPLOADS -> "UPLOADS";
      case COMPLETE_MULTIPART_UPLOAD, ABORT_MULTIPART_UPLOAD, LIST_PARTS -> "UPLOAD";
      case UPLOAD_PART, UPLOAD_PART_COPY -> "PART";
      case LIST_OBJECT_VERSIONS -> "BUCKETVERSIONS";
      case GET_OBJECT_TAGGING, PUT_OBJECT_TAGGING, DELETE_OBJECT_TAGGING -> "OBJECT_TAGGING";
      case PREFLIGHT_BUCKET, PREFLIGHT_OBJECT -> "PREFLIGHT";
      default -> byMark(operation.get());
    };
  }

  /// The sub-resource that its query names, or what its path names.
  private static String byMark(S3Operation operation) {
    if (operation.marks().size() == 1 && operation != S3Operation.LIST_OBJECTS_V2) {
      return operation.marks().iterator().next().replace('-', '_').toUpperCase(Locale.ROOT);
    }
    return operation.level() == Level.OBJECT ? "OBJECT" : operation.level().name();
  }

  /// Keys are percent-encoded, so that a line stays one and its fields stay apart.
  private static String encoded(String key) {
    return URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
  }

  private static String request(AccessEntry entry) {
    return '"' + word(entry.method()) + " " + cleaned(entry.target().text(), false) + mark(entry.target()) + " "
        + entry.protocol() + '"';
  }

  private static String word(String text) {
    return text.isEmpty() ? NOTHING : cleaned(text, true);
  }

  private static String word(ClientText text) {
    return text.isEmpty() ? NOTHING : cleaned(text.text(), true) + mark(text);
  }

  private static String quoted(ClientText text) {
    return '"' + (text.isEmpty() ? NOTHING : cleaned(text.text(), false) + mark(text)) + '"';
  }

  private static String mark(ClientText text) {
    return text.isCut() ? ClientText.CUT : "";
  }

  /// What a client sends must not be able to end a field or a line, to turn how it is read, or to look as if it had
  /// been cut.
  private static String cleaned(String text, boolean blanksToo) {
    StringBuilder clean = new StringBuilder(text.length());
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      if (!LogText.isPlain(codePoint) || codePoint == '"' || codePoint == CUT || blanksToo && codePoint == ' ') {
        encode(clean, codePoint);
      } else {
        clean.appendCodePoint(codePoint);
      }
    }
    return clean.toString();
  }

  /// By hand: an encoder for each character is so slow that a header of quotes would make others' lines drop.
  private static void encode(StringBuilder into, int codePoint) {
    if (codePoint < 0x80) {
      HEX.toHexDigits(into.append('%'), (byte) codePoint);
      return;
    }
    for (byte b : Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)) { // half a surrogate pair is a `?`
      HEX.toHexDigits(into.append('%'), b);
    }
  }
}
