package hayloft.s3.request;

import hayloft.common.Durability;
import hayloft.common.PieceSource;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.ResponseBody;
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

/// The one answer to a request. Confined like its exchange.
public final class Reply {

  private static final AsciiString REQUEST_ID = AsciiString.cached("x-amz-request-id");
  private static final AsciiString HOST_ID = AsciiString.cached("x-amz-id-2");
  private static final AsciiString DURABILITY = AsciiString.cached("x-hayloft-durability");
  private static final AsciiString SERVER = AsciiString.cached("Hayloft");
  private static final AsciiString XML = AsciiString.cached("application/xml");

  private final HttpExchange exchange;
  private final String requestId;
  private final String hostId;
  private boolean begun;

  /// @param hostId names the process that answers, opaquely
  public Reply(HttpExchange exchange, String requestId, String hostId) {
    this.exchange = exchange;
    this.requestId = requestId;
    this.hostId = hostId;
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
    begun = true;
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

  /// Begins an answer that comes in pieces.
  public ResponseBody sendInPieces(int status, HttpHeaders headers, long contentLength) throws IOException {
    begun = true;
    return exchange.respondInPieces(status, headers, contentLength);
  }

  /// Answers with a first piece and what comes from a source behind it; see [HttpExchange#respondFrom]. Takes both.
  public void sendFrom(int status, HttpHeaders headers, long contentLength, ByteBuf first, PieceSource rest)
      throws IOException {
    begun = true;
    exchange.respondFrom(status, headers, contentLength, first, rest);
  }

  /// Answers with an error; without its document if the method is HEAD.
  public void sendError(S3Error error) {
    HttpHeaders headers = headers();
    error.addHeaders(headers);
    headers.set(HttpHeaderNames.CONTENT_TYPE, XML);
    if (exchange.method().equals(HttpMethod.HEAD)) {
      sendEmpty(error.status(), headers);
    } else {
      send(error.status(), headers, ErrorDocument.of(error, path(exchange.target()), requestId, hostId));
    }
  }

  /// A target without its query, as errors name it.
  public static String path(String target) {
    int question = target.indexOf('?');
    return question < 0 ? target : target.substring(0, question);
  }
}
