package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The jobs that run, and the last ones that ended. Thread-safe.
///
/// At most [#MOST_RUNNING] at a time; further ones are refused. Each has a platform thread of its own, because it reads volumes. A
/// job goes on when its client goes away.
final class Jobs implements AutoCloseable {

  static final int MOST_RUNNING = 4;
  private static final int MOST_KEPT = 32;
  private static final System.Logger LOG = System.getLogger(Jobs.class.getName());

  private final InstantSource clock;
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Thread> threads = new LinkedHashMap<>();
  private long last;
  private boolean closed;

  Jobs(InstantSource clock) {
    this.clock = clock;
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

  /// @throws AdminRefusal if too many run
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
    jobs.put(id, job);
    forgetOld();
    Thread thread = Thread.ofPlatform().daemon().name("job-" + id).unstarted(() -> run(job, work, ending));
    threads.put(id, thread);
    thread.start();
    return job;
  }

  private void forgetOld() {
    List<String> ended = jobs.values().stream().filter(job -> job.state() != Job.State.RUNNING).map(Job::id).toList();
    ended.stream().limit(Math.max(0, jobs.size() - MOST_KEPT)).forEach(jobs::remove);
  }

  private void run(Job job, Work work, Ending ending) {
    Job.State state;
    JsonNode answer = null;
    String why = "";
    try {
      answer = work.run(job);
      state = Job.State.DONE;
    } catch (AdminRefusal e) {
      state = Job.State.FAILED;
      why = e.text();
    } catch (IOException e) {
      state = job.isCancelled() ? Job.State.CANCELLED : Job.State.FAILED;
      why = job.isCancelled() ? "cancelled" : String.valueOf(e.getMessage());
      if (!job.isCancelled()) {
        LOG.log(System.Logger.Level.WARNING, "admin.jobFailed job=" + job.id() + " action=" + job.action(), e);
      }
    } catch (RuntimeException | Error e) { // a bug: it ends this job and nothing else
      state = Job.State.FAILED;
      why = e.toString();
      LOG.log(System.Logger.Level.ERROR, "admin.jobFailed job=" + job.id() + " action=" + job.action(), e);
    }
    ending.ended(state, why);
    synchronized (this) {
      threads.remove(job.id());
    }
    job.end(state, answer, why);
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
