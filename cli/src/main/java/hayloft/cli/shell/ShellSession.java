package hayloft.cli.shell;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ShownText;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One run of the shell: sends commands, waits for jobs, renews the admin lock while it is held. Thread-safe.
///
/// The connection is made at the first command, so that help works without a server.
public final class ShellSession implements AutoCloseable {

  private static final long POLL_MILLIS = 500;
  private static final String WATCHES = "/v1/watches/";
  private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(10);

  private final String name = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
  private final URI endpoint;
  private final ConnectionSource opener;
  private final AtomicReference<@Nullable String> job = new AtomicReference<>();
  private final AtomicReference<@Nullable String> watch = new AtomicReference<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable AdminConnection connection;
  private Optional<ObjectNode> renewal = Optional.empty(); // guarded by lock, as is the next one
  private boolean closed;

  /// Opens the connection when it is needed: credentials and certificates are asked for no earlier.
  @FunctionalInterface
  interface ConnectionSource {
    AdminConnection open() throws IOException;
  }

  ShellSession(URI endpoint, ConnectionSource opener) {
    this.endpoint = endpoint;
    this.opener = opener;
  }

  URI endpoint() {
    return endpoint;
  }

  /// @throws IOException if there are no keys, or none to trust
  public Asked asked() throws IOException {
    return connection().asked();
  }

  private synchronized AdminConnection connection() throws IOException {
    AdminConnection present = connection;
    if (present == null) {
      present = opener.open();
      connection = present;
    }
    return present;
  }

  /// The answer to a command that takes no job, on a connection of its own: a request that nobody waits for any more
  /// must not hold up the next command.
  JsonNode askAside(String command, ObjectNode arguments, Duration longest) throws IOException {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("session", name);
    body.set("arguments", arguments);
    return connection().beside(longest).send("POST", "/v1/" + command, "", body.toString().getBytes(UTF_8)).json();
  }

  /// Runs a command and waits for its answer, also if it takes a job.
  ///
  /// @throws ServerSaidNoException if it was refused, failed, or was cancelled
  public JsonNode run(String command, ObjectNode arguments, Watch watch) throws IOException {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("session", name);
    body.set("arguments", arguments);
    AdminConnection.Answer answer = connection().send("POST", "/v1/" + command, "", body.toString().getBytes(UTF_8));
    if (answer.status() != 202) {
      return answer.json();
    }
    return await(answer.json().path("job").asText(), watch);
  }

  private JsonNode await(String id, Watch watch) throws IOException {
    job.set(id);
    try {
      long line = 0;
      while (true) {
        JsonNode report = connection()
            .send("GET", "/v1/jobs/" + id, "after=" + line + "&wait=" + POLL_MILLIS, new byte[0]).json();
        line = report.path("nextLine").asLong();
        report.path("lines").forEach(said -> watch.line(said.asText()));
        switch (report.path("state").asText()) {
          case "running" -> watch.progress(report);
          case "done" -> {
            return report.path("result");
          }
          default -> throw new ServerSaidNoException(report.path("state").asText(),
              report.path("failure").asText("the job " + report.path("state").asText()));
        }
      }
    } finally {
      job.set(null);
      watch.ended();
    }
  }

  /// Hears what a watch tells.
  @FunctionalInterface
  interface Watcher {
    /// @return whether to go on
    boolean told(JsonNode news);
  }

  /// Begins a watch by a command and hands on what it tells. One that the server has ended meanwhile, because this
  /// process was stopped or its output not taken, or because the server started again, is begun anew: the watcher is
  /// told `"interrupted": true`.
  ///
  /// @param howLong empty for until the watcher has enough, or [#cancel]
  void watch(String command, ObjectNode arguments, Optional<Duration> howLong, Watcher watcher) throws IOException {
    long beganNanos = System.nanoTime();
    String id = beginWatch(command, arguments);
    watch.set(id);
    try {
      boolean goesOn = true;
      while (goesOn && id.equals(watch.get())) {
        long leftMillis = howLong
            .map(time -> time.minusNanos(System.nanoTime() - beganNanos).toMillis()).orElse(POLL_MILLIS);
        JsonNode news;
        try {
          news = connection().send("GET", WATCHES + id, "wait=" + Math.clamp(leftMillis, 0, POLL_MILLIS), new byte[0])
              .json();
        } catch (ServerSaidNoException e) {
          if (!e.code().equals("NoSuchWatch")) {
            throw e;
          }
          String next = beginWatch(command, arguments);
          if (!watch.compareAndSet(id, next)) { // cancelled
            endWatch(next);
            return;
          }
          id = next;
          news = JsonNodeFactory.instance.objectNode().put("interrupted", true);
        }
        goesOn = watcher.told(news) && leftMillis > 0;
      }
    } finally {
      if (watch.compareAndSet(id, null)) {
        endWatch(id);
      }
    }
  }

  private String beginWatch(String command, ObjectNode arguments) throws IOException {
    return run(command, arguments, Watch.NOTHING).path("watch").asText();
  }

  private void endWatch(String id) throws IOException {
    try {
      connection().send("DELETE", WATCHES + id, "", new byte[0]);
    } catch (ServerSaidNoException _) { // it is over already
      return;
    }
  }

  /// Cancels the job that is waited for, and ends the watch. False if no job is.
  boolean cancel() throws IOException {
    String watched = watch.getAndSet(null);
    if (watched != null) {
      endWatch(watched);
    }
    String id = job.get();
    if (id == null) {
      return false;
    }
    new AdminCancel(connection(), id).send();
    return true;
  }

  /// A request beside the one that waits.
  private record AdminCancel(AdminConnection connection, String id) {
    void send() throws IOException {
      connection.send("DELETE", "/v1/jobs/" + id, "", new byte[0]);
    }
  }

  /// Renews the lock until it is given back.
  ///
  /// @param arguments that it was taken with
  public void holdLock(ObjectNode arguments) {
    lock.lock();
    try {
      boolean first = renewal.isEmpty();
      renewal = Optional.of(arguments.deepCopy().put("renew", true));
      if (first) {
        Thread.ofVirtual().name("admin-lock-renewal").start(this::renewLock);
      }
    } finally {
      lock.unlock();
    }
  }

  public void lockIsGone() {
    lock.lock();
    try {
      renewal = Optional.empty();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void renewLock() {
    while (true) {
      ObjectNode arguments;
      lock.lock();
      try {
        long left = BETWEEN_RENEWALS.toNanos();
        while (renewal.isPresent() && !closed && left > 0) {
          left = changed.awaitNanos(left);
        }
        if (renewal.isEmpty() || closed) {
          return;
        }
        arguments = renewal.get();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      } finally {
        lock.unlock();
      }
      try {
        run("lock", arguments, Watch.NOTHING);
      } catch (IOException | RuntimeException | Error e) { // else the lock would be taken for held
        System.err.println("hayloft: the admin lock could not be renewed: "
            + ShownText.lines(String.valueOf(e.getMessage())));
        lockIsGone();
      }
    }
  }

  /// Gives the lock back, if this session renews it.
  @Override
  public void close() throws IOException {
    boolean held;
    lock.lock();
    try {
      closed = true;
      held = renewal.isPresent();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (held) {
      run("unlock", JsonNodeFactory.instance.objectNode(), Watch.NOTHING);
    }
  }
}
