package hayloft.common.http;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The connections of one server on one event loop, and what they share there. Confined to that event loop.
///
/// Time-outs are found by walking all connections a few times a second, instead of by a timer for each: a request then
/// costs a store and no clock, and 10,000 idle connections cost some 100 us a walk. No connections, no walks.
final class LoopConnections {

  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);

  private final EventLoop eventLoop;
  private final RequestHeadParser parser;
  private final AnswerHead answerHead = new AnswerHead();
  private final Set<HttpConnection> connections = new LinkedHashSet<>();
  private final long pauseNanos;
  private long nowNanos = System.nanoTime();
  private boolean walking;

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
    if (!walking) {
      walking = true;
      nowNanos = System.nanoTime();
      scheduleWalk();
    }
  }

  void remove(HttpConnection connection) {
    connections.remove(connection);
  }

  private void scheduleWalk() {
    var _ = eventLoop.schedule(this::walk, pauseNanos, TimeUnit.NANOSECONDS);
  }

  /// Looks at every connection now; closes idle ones if the server is stopping.
  void check() {
    nowNanos = System.nanoTime();
    for (HttpConnection connection : all()) { // a check may close, and so remove
      connection.check(nowNanos);
    }
  }

  private void walk() {
    check();
    if (connections.isEmpty()) {
      walking = false;
    } else {
      scheduleWalk();
    }
  }

  void closeAll() {
    for (HttpConnection connection : all()) {
      connection.closeNow();
    }
  }

  private List<HttpConnection> all() {
    return new ArrayList<>(connections);
  }
}
