package hayloft.common.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The connections of one server on one event loop, and what they share there. Confined to that event loop.
///
/// Time-outs are found by walking all connections a few times a second, instead of by a timer for each: a request then
/// costs a store and no clock, and 10,000 idle connections cost some 100 us a walk. No connections, no walks. A connection whose check
/// fails is closed; the others are looked at all the same.
final class LoopConnections {

  private static final System.Logger LOG = System.getLogger(LoopConnections.class.getName());
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);

  private final EventLoop eventLoop;
  private final RequestHeadParser parser;
  private final AnswerHead answerHead = new AnswerHead();
  private final Set<HttpConnection> connections = new LinkedHashSet<>();
  private final long pauseNanos;
  private long nowNanos = System.nanoTime();
  /// Of one task, which goes on whatever a walk throws; null while there are no walks.
  private @Nullable Future<?> walks;

  LoopConnections(EventLoop eventLoop, HttpServerConfig config) {
    this.eventLoop = eventLoop;
    this.parser = new RequestHeadParser(config.maxInitialLineBytes(), config.maxHeaderBytes());
    long shortest = Math.min(config.headerTimeout().toNanos(),
        Math.min(config.bodyTimeout().toNanos(), config.idleTimeout().toNanos()));
    this.pauseNanos = Math.clamp(shortest / 4, SHORTEST_PAUSE.toNanos(), LONGEST_PAUSE.toNanos());
  }

  RequestHeadParser parser() {
    return parser;
  }

  AnswerHead answerHead() {
    return answerHead;
  }

  /// [System#nanoTime] as of the last walk: good enough for time-outs of seconds.
  long nowNanos() {
    return nowNanos;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  void add(HttpConnection connection) {
    connections.add(connection);
    if (walks == null) {
      nowNanos = System.nanoTime();
      walks = eventLoop.scheduleWithFixedDelay(this::walk, pauseNanos, pauseNanos, TimeUnit.NANOSECONDS);
    }
  }

  void remove(HttpConnection connection) {
    connections.remove(connection);
  }

  /// Looks at every connection now; closes idle ones if the server is stopping.
  void check() {
    nowNanos = System.nanoTime();
    for (HttpConnection connection : all()) { // a check may close, and so remove
      try {
        connection.check(nowNanos);
      } catch (Throwable e) { // an Error too: the time-outs of all others depend on this loop
        fail(connection, e);
      }
    }
  }

  private static void fail(HttpConnection connection, Throwable why) {
    try {
      connection.failed(why);
    } catch (Throwable e) {
      tell(e);
    }
  }

  private void walk() {
    try {
      check();
    } catch (Throwable e) { // no memory for the list: the next walk is for them
      tell(e);
    }
    Future<?> present = walks;
    if (connections.isEmpty() && present != null) {
      walks = null;
      present.cancel(false);
    }
  }

  private static void tell(Throwable e) {
    try {
      LOG.log(Level.ERROR, "http.walkFailed action=\"again in a moment\"", e);
    } catch (Throwable unsayable) {
      e.addSuppressed(unsayable); // there may be no memory for a line
    }
  }

  void closeAll() {
    for (HttpConnection connection : all()) {
      try {
        connection.closeNow();
      } catch (Throwable e) {
        fail(connection, e);
      }
    }
  }

  private List<HttpConnection> all() {
    return new ArrayList<>(connections);
  }
}
