package hayloft.s3.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.http.ResponseBody;
import hayloft.common.log.LogLine;
import hayloft.common.metrics.StageClock;
import hayloft.common.metrics.StageClock.Stage;
import hayloft.s3.request.Addressing;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SlowRequestLogTest {

  private static final long MS = 1_000_000;

  /// A request whose head came at `at`, in 2 ms, and which ended 100 ms later, its answer begun at 90.
  private record Times(long at) implements ExchangeTimes {
    @Override
    public int status() {
      return 200;
    }

    @Override
    public boolean isWhole() {
      return true;
    }

    @Override
    public long receivedBytes() {
      return 4096;
    }

    @Override
    public long sentBytes() {
      return 10;
    }

    @Override
    public long beganNanos() {
      return at - 2 * MS;
    }

    @Override
    public long headNanos() {
      return at;
    }

    @Override
    public long bodyNanos() {
      return at + 5 * MS;
    }

    @Override
    public long firstByteNanos() {
      return at + 90 * MS;
    }

    @Override
    public long endedNanos() {
      return at + 98 * MS;
    }
  }

  /// Nothing that it is asked for matters here.
  private static final class Silent implements HttpExchange {
    @Override
    public HttpMethod method() {
      return HttpMethod.PUT;
    }

    @Override
    public String target() {
      return "/barn/oats";
    }

    @Override
    public HttpHeaders headers() {
      return new DefaultHttpHeaders();
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
      throw new AssertionError("not asked for");
    }

    @Override
    public @Nullable Executor later() {
      throw new AssertionError("not asked for");
    }

    @Override
    public void fail(Throwable fault) {
      throw new AssertionError("not asked for", fault);
    }

    @Override
    public boolean fork(Waiting rest) {
      throw new AssertionError("not asked for");
    }

    @Override
    public void respond(int status, HttpHeaders headers, ByteBuf body) {
      throw new AssertionError("not asked for");
    }

    @Override
    public ResponseBody respondInPieces(int status, HttpHeaders headers, long contentLength) {
      throw new AssertionError("not asked for");
    }
  }

  private static Reply reply(StageClock clock) {
    var reply = new Reply(new Silent(), "ID", "host", (_, _) -> {}, clock);
    reply.isAbout(new Addressing.Address(Addressing.Level.OBJECT, "barn", "oa\nts{0}", false));
    return reply;
  }

  @Test
  void aLineSaysWhereTheTimeWent() {
    var clock = new StageClock();
    Reply reply = reply(clock);
    clock.add(Stage.AUTH, MS);
    clock.add(Stage.BODY, 20 * MS);
    clock.add(Stage.CATALOG, 3 * MS);
    clock.add(Stage.COMMIT, 40 * MS);
    clock.add(Stage.READ, 30 * MS);
    assertEquals(
        "request.slow requestId=ID operation=PutObject bucket=barn key=\"oa\\nts{0}\" status=200 receivedBytes=4096"
            + " sentBytes=10 ms=100 head=2 body=20 auth=1 catalog=3 commit=40 read=26 other=0 send=8 "
            + "readWhileSending=4",
        SlowRequestLog.line(Optional.of(S3Operation.PUT_OBJECT), reply, new Times(reply.begunNanos())).toString());
  }

  @Test
  void whatNoStageHasIsTheRest() {
    Reply reply = reply(new StageClock());
    assertEquals(
        "request.slow requestId=ID operation=none bucket=barn key=\"oa\\nts{0}\" status=200 receivedBytes=4096"
            + " sentBytes=10 ms=100 head=2 body=7 auth=0 catalog=0 commit=0 read=0 other=83 send=8 readWhileSending=0",
        SlowRequestLog.line(Optional.empty(), reply, new Times(reply.begunNanos() - 7 * MS)).toString());
  }

  @Test
  void fastRequestsAreNotLogged() {
    List<LogLine> lines = new CopyOnWriteArrayList<>();
    Reply reply = reply(new StageClock());
    try (var log = new SlowRequestLog(Duration.ofMillis(101), lines::add)) {
      log.ended(Optional.empty(), reply, new Times(reply.begunNanos()));
    }
    assertEquals(List.of(), lines);
    try (var log = new SlowRequestLog(Duration.ofMillis(100), lines::add)) {
      log.ended(Optional.empty(), reply, new Times(reply.begunNanos()));
    }
    assertEquals(1, lines.size());
  }
}
