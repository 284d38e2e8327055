package hayloft.master.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.http.ResponseBody;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/// A request without a body whose answer is kept. Forks run at once.
final class FakeExchange implements HttpExchange {

  private final HttpMethod method;
  private final String target;
  private final HttpHeaders headers = new DefaultHttpHeaders();
  private int status;
  private String body = "";
  private HttpHeaders sent = new DefaultHttpHeaders();

  FakeExchange(HttpMethod method, String target) {
    this.method = method;
    this.target = target;
  }

  FakeExchange with(String header, String value) {
    headers.add(header, value);
    return this;
  }

  int status() {
    return status;
  }

  HttpHeaders sent() {
    return sent;
  }

  String text() {
    return body;
  }

  JsonNode json() throws IOException {
    return new ObjectMapper().readTree(body);
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
    throw new AssertionError("no one asked for the body");
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
  public void respond(int answered, HttpHeaders headers, ByteBuf content) {
    Assertions.assertEquals(0, status, "answered twice");
    status = answered;
    sent = headers;
    body = content.toString(StandardCharsets.UTF_8);
    content.release();
  }

  @Override
  public ResponseBody respondInPieces(int answered, HttpHeaders headers, long contentLength) {
    throw new AssertionError("JSON answers are whole");
  }
}
