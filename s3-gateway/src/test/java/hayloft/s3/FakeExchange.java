package hayloft.s3;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.http.ResponseBody;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A request and its answer without a socket. A fork runs at once, on the caller's thread.
final class FakeExchange implements HttpExchange {

  private final HttpMethod method;
  private final String target;
  private final HttpHeaders headers = new DefaultHttpHeaders();
  private final ByteBuf requestBody;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private @Nullable HttpHeaders answerHeaders;
  private @Nullable ExchangeWatcher watcher;
  private int status;
  /// Whether the body came with the head, as a small one usually does.
  boolean bodyIsHere = true;
  /// Whether any of it ran on a fork.
  boolean forked;
  boolean hasRoom = true;
  /// Whether there is room for an answer that is owed; once one is, there is none for anything else.
  boolean hasMemory = true;
  private boolean owes;
  /// How often bytes went out.
  int writes;
  Claims claims = new Claims() {
    @Override
    public void take(Kind kind, long bytes) throws StoreBusyException {
      if (owes) {
        throw new StoreBusyException("no room any more");
      }
    }

    @Override
    public void giveBack(Kind kind, long bytes) {
      // none were counted
    }
  };
  /// Called when a fork begins, and after each write.
  Runnable onFork = () -> {};
  Runnable onWrite = () -> {};
  /// What a fork threw after its answer had begun.
  @Nullable
  Exception broken;

  FakeExchange(String method, String target, byte[] requestBody) {
    this.method = HttpMethod.valueOf(method);
    this.target = target;
    this.requestBody = Unpooled.wrappedBuffer(requestBody);
    headers.set("host", "127.0.0.1:8333");
    if (requestBody.length > 0 || method.equals("PUT") || method.equals("POST")) {
      headers.set("content-length", requestBody.length);
    }
  }

  FakeExchange with(String name, String value) {
    headers.add(name, value);
    return this;
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
    return InetSocketAddress.createUnresolved("client", 1);
  }

  @Override
  public boolean isTls() {
    return false;
  }

  @Override
  public RequestBody body() {
    return new RequestBody() {
      @Override
      public Claims claims() {
        return claims;
      }

      @Override
      public long declaredBytes() {
        return headers.contains("content-length") ? Long.parseLong(headers.get("content-length")) : -1;
      }

      @Override
      public boolean isHere() {
        return !forked && bodyIsHere;
      }

      @Override
      public @Nullable ByteBuf whole() {
        return null;
      }

      @Override
      public @Nullable ByteBuf next() {
        return requestBody.isReadable()
            ? requestBody.readRetainedSlice(Math.min(requestBody.readableBytes(), 700))
            : null;
      }
    };
  }

  @Override
  public void oweAnswer(long bytes) throws StoreBusyException {
    if (!hasMemory) {
      throw new StoreBusyException("no room");
    }
    owes = true;
  }

  @Override
  public void watch(ExchangeWatcher told) {
    watcher = told;
  }

  /// Tells the watcher, as if the request had come at 1 ms, its body at 3, the answer begun at 7 and ended at 20.
  private void ended() {
    if (watcher != null) {
      watcher.ended(new Times(status, body.size()));
    }
  }

  /// A request of 5 bytes.
  record Times(int status, long sentBytes) implements ExchangeTimes {
    @Override
    public boolean isWhole() {
      return true;
    }

    @Override
    public long receivedBytes() {
      return 5;
    }

    @Override
    public long beganNanos() {
      return 1_000_000;
    }

    @Override
    public long headNanos() {
      return 2_000_000;
    }

    @Override
    public long bodyNanos() {
      return 3_000_000;
    }

    @Override
    public long firstByteNanos() {
      return 7_000_000;
    }

    @Override
    public long endedNanos() {
      return 20_000_000;
    }
  }

  @Override
  public @Nullable Executor later() {
    return forked ? null : Runnable::run;
  }

  @Override
  public void fail(Throwable fault) {
    throw new AssertionError(fault);
  }

  @Override
  public boolean fork(Waiting rest) {
    if (forked) {
      throw new IllegalStateException("forked twice");
    }
    forked = true;
    onFork.run();
    if (!hasRoom) {
      return false;
    }
    try {
      rest.run();
    } catch (Exception e) {
      broken = e;
    }
    return true;
  }

  @Override
  public void respond(int answered, HttpHeaders with, ByteBuf bytes) {
    begin(answered, with);
    write(bytes);
    ended();
  }

  @Override
  public ResponseBody respondInPieces(int answered, HttpHeaders with, long contentLength) {
    begin(answered, with);
    if (contentLength >= 0) {
      with.set("content-length", contentLength);
    }
    return new ResponseBody() {
      @Override
      public void write(ByteBuf piece) {
        FakeExchange.this.write(piece);
      }

      @Override
      public void end() throws IOException {
        if (contentLength >= 0 && body.size() != contentLength) {
          throw new IOException(body.size() + " bytes, not " + contentLength);
        }
        ended();
      }
    };
  }

  private void begin(int answered, HttpHeaders with) {
    if (status != 0) {
      throw new IllegalStateException("answered twice: " + status + ", " + answered);
    }
    status = answered;
    answerHeaders = with;
  }

  private void write(ByteBuf bytes) {
    writes++;
    try {
      bytes.readBytes(body, bytes.readableBytes());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } finally {
      bytes.release();
    }
    onWrite.run();
  }

  int status() {
    return status;
  }

  HttpHeaders answer() {
    if (answerHeaders == null) {
      throw new IllegalStateException("not answered", broken);
    }
    return answerHeaders;
  }

  @Nullable
  String header(String name) {
    return answer().get(name);
  }

  String text() {
    return body.toString(StandardCharsets.UTF_8);
  }

  byte[] bytes() {
    return body.toByteArray();
  }

  /// The text between the first pair of tags of a name; empty if there is none.
  String element(String name) {
    int start = text().indexOf("<" + name + ">");
    int end = text().indexOf("</" + name + ">", Math.max(start, 0));
    return start < 0 || end < 0 ? "" : text().substring(start + name.length() + 2, end);
  }

  /// The texts between all pairs of tags of a name.
  java.util.List<String> elements(String name) {
    java.util.List<String> found = new java.util.ArrayList<>();
    String open = "<" + name + ">";
    String text = text();
    for (int at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + 1)) {
      found.add(text.substring(at + open.length(), text.indexOf("</" + name + ">", at)));
    }
    return found;
  }
}
