package hayloft.volume.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.http.ResponseBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/// A request whose answer is kept. Forks run at once; the body comes whole or in pieces.
final class FakeExchange implements HttpExchange {

  private final HttpMethod method;
  private final String target;
  private final HttpHeaders headers = new DefaultHttpHeaders();
  private byte[] request = new byte[0];
  private int pieceBytes = Integer.MAX_VALUE;
  private int status;
  private boolean isOpen;
  private HttpHeaders sent = new DefaultHttpHeaders();
  private final ByteArrayOutputStream answer = new ByteArrayOutputStream();

  FakeExchange(HttpMethod method, String target) {
    this.method = method;
    this.target = target;
  }

  FakeExchange with(CharSequence name, String value) {
    headers.set(name, value);
    return this;
  }

  FakeExchange sending(byte[] bytes, int inPiecesOf) {
    request = bytes;
    pieceBytes = inPiecesOf;
    return this;
  }

  int status() {
    Assertions.assertFalse(isOpen, "the answer was not ended");
    return status;
  }

  HttpHeaders sent() {
    return sent;
  }

  byte[] bytes() {
    return answer.toByteArray();
  }

  JsonNode json() throws IOException {
    return new ObjectMapper().readTree(bytes());
  }

  @Override
  public HttpMethod method() {
    return method;
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public HttpHeaders headers() {
    return headers;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress("127.0.0.1", 1);
  }

  @Override
  public boolean isTls() {
    return false;
  }

  @Override
  public RequestBody body() {
    return new RequestBody() {
      private int at;

      @Override
      public long declaredBytes() {
        return request.length;
      }

      @Override
      public boolean isHere() {
        return false;
      }

      @Override
      public @Nullable ByteBuf whole() {
        if (pieceBytes < request.length) {
          return null;
        }
        at = request.length;
        return Unpooled.copiedBuffer(request);
      }

      @Override
      public @Nullable ByteBuf next() {
        if (at == request.length) {
          return null;
        }
        int from = at;
        at = Math.min(request.length, at + pieceBytes);
        return Unpooled.copiedBuffer(Arrays.copyOfRange(request, from, at));
      }
    };
  }

  @Override
  public @Nullable Executor later() {
    return null;
  }

  @Override
  public void fail(Throwable fault) {
    throw new IllegalStateException("nothing was kept for later", fault);
  }

  @Override
  public boolean fork(Waiting rest) {
    try {
      rest.run();
    } catch (Exception e) {
      Assertions.fail("the handler threw", e);
    }
    return true;
  }

  @Override
  public void respond(int answered, HttpHeaders answerHeaders, ByteBuf content) {
    begin(answered, answerHeaders);
    take(content);
  }

  private void begin(int answered, HttpHeaders answerHeaders) {
    Assertions.assertEquals(0, status, "answered twice");
    status = answered;
    sent = answerHeaders;
  }

  private void take(ByteBuf content) {
    answer.writeBytes(ByteBufUtil.getBytes(content));
    content.release();
  }

  @Override
  public ResponseBody respondInPieces(int answered, HttpHeaders answerHeaders, long contentLength) {
    begin(answered, answerHeaders);
    isOpen = true;
    return new ResponseBody() {
      @Override
      public void write(ByteBuf piece) {
        take(piece);
      }

      @Override
      public void end() {
        Assertions.assertEquals(contentLength, answer.size());
        isOpen = false;
      }
    };
  }
}
