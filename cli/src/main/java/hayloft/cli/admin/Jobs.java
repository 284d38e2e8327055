package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.FileFault;
import hayloft.common.log.EventLog;
import hayloft.common.log.LogLine;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// The jobs that run, and the last ones that ended. Thread-safe.
///
/// At most [#MOST_RUNNING] at a time; further ones are refused. Each has a platform thread of its own, because it reads
/// volumes. A job goes on when its client goes away.
final class Jobs implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(Jobs.class);

  private static final String OF_ITS_OWN = "a fault of the server's own; its log has more (admin.jobFailed)";

  static final int MOST_RUNNING = 4;
  private static final int MOST_KEPT = 32;

  private final InstantSource clock;
  private final ThreadFactory threadsOfJobs;
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Thread> threads = new LinkedHashMap<>();
  private long last;
  private boolean closed;

  Jobs(InstantSource clock) {
    this(clock, Thread.ofPlatform().daemon().factory());
  }

  Jobs(InstantSource clock, ThreadFactory threadsOfJobs) {
    this.clock = clock;
    this.threadsOfJobs = threadsOfJobs;
  }

  /// What a job does.
  @FunctionalInterface
  interface Work {
    /// Waits as it likes.
    ///
    /// @throws InterruptedIOException after [Job#cancel]
    JsonNode run(Job job) throws IOException;
  }

  /// Is told what came of a job, on its thread.
  @FunctionalInterface
  interface Ending {
    void ended(Job.State state, String why);
  }

  /// @throws AdminRefusal if too many run, or no thread can be had
  synchronized Job start(String action, Caller caller, Work work, Ending ending) {
    if (closed) {
      throw new AdminRefusal(503, "Stopping", "the server is stopping");
    }
    if (running().size() >= MOST_RUNNING) {
      throw new AdminRefusal(503, "TooManyJobs",
          MOST_RUNNING + " jobs run already: wait for one of them, or cancel it; cluster.status lists them");
    }
    String id = "j" + ++last;
    var job = new Job(id, action, caller, clock.instant());
    Thread thread = threadsOfJobs.newThread(() -> run(job, work, ending));
    thread.setName("job-" + id);
    try {
      thread.start(); // first: what does not run is no job. It cannot end before this monitor is free
    } catch (OutOfMemoryError e) {
      LOG.error("admin.jobFailed").with("job", id).with("action", action).say(e);
      throw new AdminRefusal(503, "NoThread", "no thread can be had for it: " + e.getMessage());
    }
    threads.put(id, thread);
    jobs.put(id, job);
    forgetOld();
    return job;
  }

  private void forgetOld() {
    List<String> ended = jobs.values().stream().filter(job -> job.state() != Job.State.RUNNING).map(Job::id).toList();
    ended.stream().limit(Math.max(0, jobs.size() - MOST_KEPT)).forEach(jobs::remove);
  }

  /// What came of a job.
  private record End(Job.State state, @Nullable JsonNode answer, String why) {}

  private void run(Job job, Work work, Ending ending) {
    End end = new End(Job.State.FAILED, null, OF_ITS_OWN);
    try {
      end = work(job, work);
      ending.ended(end.state, end.why);
    } catch (RuntimeException | Error e) { // the job is over all the same, and gives its place back
      tell(LOG.error("admin.jobFailed"), job, e);
    } finally {
      synchronized (this) {
        threads.remove(job.id());
      }
      job.end(end.state, end.answer, end.why);
    }
  }

  private static End work(Job job, Work work) {
    try {
      return new End(Job.State.DONE, work.run(job), "");
    } catch (AdminRefusal e) {
      return new End(Job.State.FAILED, null, e.text());
    } catch (IOException e) {
      if (job.isCancelled()) {
        return new End(Job.State.CANCELLED, null, "cancelled");
      }
      tell(LOG.warning("admin.jobFailed"), job, e);
      return new End(Job.State.FAILED, null, FileFault.text(e));
    } catch (RuntimeException | Error e) { // a bug: it ends this job and nothing else
      tell(LOG.error("admin.jobFailed"), job, e);
      return new End(Job.State.FAILED, null, OF_ITS_OWN);
    }
  }

  private static void tell(LogLine line, Job job, Throwable e) {
    try {
      line.with("job", job.id()).with("action", job.action()).say(e);
    } catch (Throwable unsayable) {
      e.addSuppressed(unsayable); // there may be no memory for a line; the job's state tells it
    }
  }

  synchronized Optional<Job> find(String id) {
    return Optional.ofNullable(jobs.get(id));
  }

  synchronized List<Job> all() {
    return List.copyOf(jobs.values());
  }

  synchronized List<Job> running() {
    return jobs.values().stream().filter(job -> job.state() == Job.State.RUNNING).toList();
  }

  /// Cancels what runs and waits for it.
  @Override
  public void close() {
    List<Thread> ending;
    synchronized (this) {
      closed = true;
      ending = new ArrayList<>(threads.values());
    }
    running().forEach(Job::cancel);
    boolean interrupted = false;
    for (Thread thread : ending) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException _) { // jobs end at their next step: they are waited for all the same
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
