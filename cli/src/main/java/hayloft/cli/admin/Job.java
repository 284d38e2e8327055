package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Work that takes long: runs on the server while clients ask how far it is. Thread-safe.
///
///     RUNNING --> DONE | FAILED | CANCELLED
final class Job {

  enum State {
    RUNNING,
    DONE,
    FAILED,
    CANCELLED
  }

  private static final int MOST_LINES = 1000;

  private final String id;
  private final String action;
  private final Caller caller;
  private final Instant begun;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final List<Runnable> whenCancelled = new ArrayList<>();
  /// The newest of them; older ones are forgotten and counted.
  private final Deque<String> lines = new ArrayDeque<>();
  private long linesForgotten;
  private long progressNews;
  private State state = State.RUNNING;
  private boolean cancelled;
  private long done;
  private long total;
  private String unit = "";
  private String doing = "";
  private @Nullable JsonNode result;
  private String failure = "";

  Job(String id, String action, Caller caller, Instant begun) {
    this.id = id;
    this.action = action;
    this.caller = caller;
    this.begun = begun;
  }

  String id() {
    return id;
  }

  String action() {
    return action;
  }

  /// @param total 0 if it is not known
  /// @param unit `bytes`, `needles`, `objects` …
  /// @throws InterruptedIOException if somebody has cancelled the job
  void progress(long doneNow, long totalNow, String unitNow) throws InterruptedIOException {
    lock.lock();
    try {
      refuseIfCancelled();
      done = doneNow;
      total = totalNow;
      unit = unitNow;
      progressNews++;
    } finally {
      lock.unlock();
    }
  }

  /// Names the part of the work that is under way.
  void doing(String what) {
    lock.lock();
    try {
      doing = what;
    } finally {
      lock.unlock();
    }
  }

  /// Tells whoever watches.
  void say(String line) {
    lock.lock();
    try {
      lines.addLast(line);
      if (lines.size() > MOST_LINES) {
        lines.removeFirst();
        linesForgotten++;
      }
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void refuseIfCancelled() throws InterruptedIOException {
    if (cancelled) {
      throw new InterruptedIOException("cancelled");
    }
  }

  /// Runs at once if it is cancelled already.
  void onCancel(Runnable action) {
    lock.lock();
    try {
      if (!cancelled) {
        whenCancelled.add(action);
        return;
      }
    } finally {
      lock.unlock();
    }
    action.run();
  }

  /// The work stops at its next step.
  void cancel() {
    List<Runnable> told;
    lock.lock();
    try {
      if (cancelled || state != State.RUNNING) {
        return;
      }
      cancelled = true;
      told = List.copyOf(whenCancelled);
    } finally {
      lock.unlock();
    }
    told.forEach(Runnable::run);
  }

  boolean isCancelled() {
    lock.lock();
    try {
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  void end(State ended, @Nullable JsonNode answer, String why) {
    lock.lock();
    try {
      state = ended;
      result = answer;
      failure = why;
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  State state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  /// How far it is, with the lines from a number on; waits for the end or a new line, a moment at most.
  JsonNode report(long afterLine, long waitMillis) throws InterruptedIOException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(waitMillis);
      while (state == State.RUNNING && linesForgotten + lines.size() <= afterLine && left > 0) {
        left = news.awaitNanos(left);
      }
      ObjectNode json = summary();
      ArrayNode told = json.putArray("lines");
      long number = linesForgotten;
      for (String line : lines) {
        if (number++ >= afterLine) {
          told.add(line);
        }
      }
      json.put("nextLine", linesForgotten + lines.size());
      if (result != null) {
        json.set("result", result);
      }
      return json;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for job " + id);
    } finally {
      lock.unlock();
    }
  }

  ObjectNode summary() {
    lock.lock();
    try {
      ObjectNode json = JsonNodeFactory.instance.objectNode().put("job", id).put("action", action)
          .put("who", caller.userId()).put("begun", begun.toString())
          .put("state", state.name().toLowerCase(Locale.ROOT))
          .put("doing", doing).put("done", done).put("total", total).put("unit", unit).put("steps", progressNews);
      if (!failure.isEmpty()) {
        json.put("failure", failure);
      }
      return json;
    } finally {
      lock.unlock();
    }
  }
}
