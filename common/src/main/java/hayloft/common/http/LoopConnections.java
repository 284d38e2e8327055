package hayloft.common.http;

import hayloft.common.log.EventLog;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The connections of one server on one event loop, and what they share there. Confined to that event loop.
///
/// Time-outs are found by walking all connections a few times a second, instead of by a timer for each: a request then
/// costs a store and no clock, and 10,000 idle connections cost some 100 us a walk. No connections, no walks. A
/// connection whose check fails is closed; the others are looked at all the same.
final class LoopConnections {

  private static final EventLog LOG = EventLog.of(LoopConnections.class);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);
  /// A client that is only between two packets is not closed for others.
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
  /// Where there are too many, nobody who has asked for nothing yet has his place for longer than it takes to ask.
  private static final long SILENT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  /// Nor one of a user's that is slow.
  private static final long USER_IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);
  /// Where all strangers are busy, those go that have been so for the longest, if it is this long.
  private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(30);
  /// Nor one that has its answer and only may send the rest of what is not wanted.
  private static final long ENDING_NANOS = TimeUnit.SECONDS.toNanos(1);
  /// Who asks for room chooses how often. If nobody could go just now, not all are looked at again for so long.
  private static final long IN_VAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  /// Of what an account may have, so much is made free at a time, so that it is not asked for at once again.
  private static final int ROOM_PART = 4;
  private static final int CLOSED_AT_ONCE = 64;
  /// Steps of requests that came at once, before other connections have theirs; and from how many connections on each
  /// has one only: a turn of all is what the next one waits.
  private static final int TURNS_AT_ONCE = 8;
  private static final int MANY_CONNECTIONS = 64;

  private final EventLoop eventLoop;
  private final HttpServer server;
  private final RequestHeadParser parser;
  private final AnswerHead answerHead = new AnswerHead();
  private final Set<HttpConnection> connections = new LinkedHashSet<>();
  private final long pauseNanos;
  private long closedInVainNanos = System.nanoTime() - IN_VAIN_NANOS;
  /// When accounts asked for room last and got none; as many as there are users.
  private final Map<Account, Long> askedInVainNanos = new IdentityHashMap<>();
  private long nowNanos = System.nanoTime();
  /// Of one task, which goes on whatever a walk throws; null while there are no walks.
  private @Nullable Future<?> walks;

  LoopConnections(EventLoop eventLoop, HttpServer server) {
    HttpServerConfig config = server.config();
    this.eventLoop = eventLoop;
    this.server = server;
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

  /// How often the loop has looked at its sockets, for [#hasLookedSince].
  long looks() {
    return eventLoop instanceof SocketLoop loop ? loop.looks() : 0;
  }

  /// One without sockets has nothing that it could miss.
  boolean hasLookedSince(long looks) {
    return !(eventLoop instanceof SocketLoop loop) || loop.looks() != looks;
  }

  /// How many requests of one connection may be begun before the others have their turn.
  int turnsAtOnce() {
    return connections.size() > MANY_CONNECTIONS ? 1 : TURNS_AT_ONCE;
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
    server.ledger().strained().forEach(account -> makeRoom(account, null));
    for (HttpConnection connection : all()) { // a check may close, and so remove
      try {
        connection.check(nowNanos);
      } catch (Throwable e) { // an Error too: the time-outs of all others depend on this loop
        fail(connection, e);
      }
    }
  }

  /// Where an account has nearly all it may have of something, closes those of its connections that have waited for
  /// their clients the longest. What they hold on forks is given back a little later.
  ///
  /// @param spared who asks for it
  /// @return how many were closed
  int makeRoom(Account account, @Nullable HttpConnection spared) {
    long now = System.nanoTime();
    Long inVain = askedInVainNanos.get(account);
    if (inVain != null && now - inVain < IN_VAIN_NANOS) {
      return 0;
    }
    int closed = 0;
    boolean looked = false;
    for (Ledger.Kept kind : Ledger.Kept.values()) {
      if (account.isStrained(kind)) {
        looked = true;
        closed += makeRoom(account, kind, spared, now);
      }
    }
    if (looked && closed == 0) {
      askedInVainNanos.put(account, now);
    }
    server.closedIdle(closed);
    return closed;
  }

  private int makeRoom(Account account, Ledger.Kept kind, @Nullable HttpConnection spared, long now) {
    List<HttpConnection> holders = connections.stream().filter(connection -> connection != spared
        && !connection.isGone() && connection.isLookedAt() && connection.holding().account() == account
        && connection.isWaitingForClient()
        && connection.holding().held(kind) > 0).toList();
    List<HttpConnection> idle = holders.stream()
        .filter(connection -> mayGo(connection, leastNanos(account), now)).sorted(lamestFirst(now)).toList();
    List<HttpConnection> victims = idle.isEmpty() && account == server.ledger().strangers()
        ? holders.stream().filter(connection -> connection.requestNanos(now) > LONG_NANOS)
            .sorted(Comparator.comparingLong((HttpConnection connection) -> connection.requestNanos(now)).reversed())
            .toList()
        : idle;
    long leaving = connections.stream() // closed just now: what they hold comes back by itself
        .filter(connection -> connection.isGone() && connection.holding().account() == account)
        .mapToLong(connection -> connection.holding().held(kind)).sum();
    long wanted = account.held(kind) - account.most(kind) + account.most(kind) / ROOM_PART - leaving;
    int closed = 0;
    for (HttpConnection victim : victims) {
      if (wanted <= 0) {
        break;
      }
      wanted -= victim.holding().held(kind);
      close(victim);
      closed++;
    }
    return closed;
  }

  /// Whether the client keeps its place for nothing: it neither sends nor takes anything, or sends its request in
  /// drops. A user may be that slow, but for what is small.
  private boolean mayGo(HttpConnection connection, long leastIdleNanos, long nowNanos) {
    return connection.idleNanos(nowNanos) > leastIdleNanos
        || trickledNanos(connection, nowNanos) > leastNanos(connection.holding().account());
  }

  private long trickledNanos(HttpConnection connection, long nowNanos) {
    boolean isUsers = connection.holding().account() != server.ledger().strangers();
    return isUsers && connection.isInExchange() ? 0 : connection.trickledNanos(nowNanos);
  }

  private Comparator<HttpConnection> lamestFirst(long nowNanos) {
    return Comparator.comparingLong((HttpConnection connection) -> Math.max(connection.idleNanos(nowNanos),
        trickledNanos(connection, nowNanos))).reversed();
  }

  private long leastNanos(Account account) {
    return account == server.ledger().strangers() ? IDLE_NANOS : USER_IDLE_NANOS;
  }

  /// The port has as many connections as it may: closes those that have been idle the longest, strangers' before
  /// users'.
  ///
  /// @return how many were closed
  int closeIdle() {
    long now = System.nanoTime();
    if (now - closedInVainNanos < IN_VAIN_NANOS) {
      return 0;
    }
    Account strangers = server.ledger().strangers();
    List<HttpConnection> victims = connections.stream()
        .filter(connection -> !connection.isGone() && connection.isLookedAt() && connection.isWaitingForClient()
            && (mayGo(connection, leastNanosWhenFull(connection), now) || connection.isEnding(ENDING_NANOS, now)))
        .sorted(Comparator.comparing((HttpConnection connection) -> connection.holding().account() != strangers)
            .thenComparing(lamestFirst(now)))
        .limit(CLOSED_AT_ONCE).toList();
    victims.forEach(LoopConnections::close);
    if (victims.isEmpty()) {
      closedInVainNanos = now;
    }
    server.closedIdle(victims.size());
    return victims.size();
  }

  private long leastNanosWhenFull(HttpConnection connection) {
    Account account = connection.holding().account();
    return account == server.ledger().strangers() && connection.isWithoutRequest()
        ? SILENT_NANOS
        : leastNanos(account);
  }

  private static void close(HttpConnection victim) {
    try {
      victim.closeNow();
    } catch (Throwable e) {
      fail(victim, e);
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
      LOG.error("http.walkFailed").with("action", "again in a moment").say(e);
    } catch (Throwable unsayable) {
      e.addSuppressed(unsayable); // there may be no memory for a line
    }
  }

  /// What is under way, in any order.
  List<ExchangeUnderWay> underWay() {
    long now = System.nanoTime();
    return connections.stream().map(connection -> connection.underWay(now)).filter(Objects::nonNull).toList();
  }

  void closeAll() {
    all().forEach(LoopConnections::close);
  }

  private List<HttpConnection> all() {
    return new ArrayList<>(connections);
  }
}
