package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class JobsTest {

  private static final Caller ROOT = new Caller("root", "s");
  private final Jobs jobs = new Jobs(InstantSource.system());
  private final CountDownLatch go = new CountDownLatch(1);

  @AfterEach
  void close() {
    go.countDown();
    jobs.close();
  }

  private static JsonNode end(Job job) throws IOException {
    JsonNode report = job.report(0, 10_000);
    while (report.path("state").asText().equals("running")) {
      report = job.report(Long.MAX_VALUE, 10_000);
    }
    return job.report(0, 0);
  }

  private JsonNode wait(Job job) throws IOException {
    try {
      go.await();
      job.progress(1, 2, "bytes");
      return JsonNodeFactory.instance.objectNode().put("answer", 42);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aJobTellsItsProgressItsLinesAndItsResult() throws IOException {
    var endings = new ArrayList<Job.State>();
    Job job = jobs.start("volume.scrub", ROOT, running -> {
      running.say("one");
      running.say("two");
      return wait(running);
    }, (state, _) -> endings.add(state));
    JsonNode first = job.report(1, 10_000);
    assertEquals("running", first.path("state").asText());
    assertEquals("two", first.path("lines").path(0).asText());
    go.countDown();
    JsonNode last = end(job);
    assertEquals("done", last.path("state").asText());
    assertEquals(42, last.path("result").path("answer").asInt());
    assertEquals(1, last.path("done").asInt());
    assertEquals(2, last.path("nextLine").asInt());
    assertEquals(List.of(Job.State.DONE), endings);
  }

  @Test
  void aCancelledJobEndsAtItsNextStep() throws IOException {
    Job job = jobs.start("volume.scrub", ROOT, this::wait, (_, _) -> {});
    var told = new ArrayList<String>();
    job.onCancel(() -> told.add("told"));
    job.cancel();
    job.cancel();
    go.countDown();
    assertEquals("cancelled", end(job).path("state").asText());
    assertEquals(List.of("told"), told);
    job.onCancel(() -> told.add("late"));
    assertEquals(List.of("told", "late"), told);
  }

  @Test
  void aJobThatFailsSaysWhy() throws IOException {
    Job job = jobs.start("volume.scrub", ROOT, _ -> {
      throw new IOException("the disk is gone");
    }, (_, _) -> {});
    JsonNode end = end(job);
    assertEquals("failed", end.path("state").asText());
    assertEquals("the disk is gone", end.path("failure").asText());
  }

  @Test
  void aBugEndsAJobWithoutTheNameOfAClass() throws IOException {
    Job job = jobs.start("volume.scrub", ROOT, _ -> {
      throw new IllegalStateException("two of one");
    }, (_, _) -> {});
    assertEquals("a fault of the server's own; its log has more (admin.jobFailed)", end(job).path("failure").asText());
  }

  @Test
  void onlySoManyRunAtATime() {
    for (int i = 0; i < Jobs.MOST_RUNNING; i++) {
      jobs.start("volume.scrub", ROOT, this::wait, (_, _) -> {});
    }
    AdminRefusal refusal = assertThrows(AdminRefusal.class,
        () -> jobs.start("volume.scrub", ROOT, this::wait, (_, _) -> {}));
    assertEquals(503, refusal.status());
    assertTrue(jobs.find("j1").isPresent());
    assertTrue(jobs.find("j9").isEmpty());
  }

  @Test
  void withoutAThreadThereIsNoJob() {
    boolean[] fails = {true};
    try (var few = new Jobs(InstantSource.system(), task -> new Thread(task) {
      @Override
      public void start() {
        if (fails[0]) {
          throw new OutOfMemoryError("unable to create native thread");
        }
        super.start();
      }
    })) {
      for (int i = 0; i <= Jobs.MOST_RUNNING; i++) {
        AdminRefusal refusal = assertThrows(AdminRefusal.class,
            () -> few.start("fs.du", ROOT, this::wait, (_, _) -> {}));
        assertEquals("NoThread", refusal.code());
      }
      assertEquals(List.of(), few.all());
      fails[0] = false;
      few.start("fs.du", ROOT, this::wait, (_, _) -> {});
      go.countDown();
    }
  }

  @Test
  void aJobWhoseEndCannotBeToldIsOverAllTheSame() throws IOException {
    for (int i = 0; i <= Jobs.MOST_RUNNING; i++) {
      Job job = jobs.start("fs.du", ROOT, _ -> JsonNodeFactory.instance.objectNode(), (_, _) -> {
        throw new OutOfMemoryError("for a moment");
      });
      assertEquals("done", end(job).path("state").asText());
    }
  }

  @Test
  void oldOnesAreForgotten() throws IOException {
    for (int i = 0; i < 100; i++) {
      end(jobs.start("fs.du", ROOT, _ -> JsonNodeFactory.instance.objectNode(), (_, _) -> {}));
    }
    assertTrue(jobs.all().size() < 40, "kept " + jobs.all().size());
  }
}
