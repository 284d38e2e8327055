package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import hayloft.e2e.RawConnection;
import hayloft.e2e.S3Requests;
import hayloft.e2e.SignatureV4;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Ann, who puts and gets small objects while others do what they do: over a connection that she keeps, and over a new
/// one for each request. As S3's clients do, she tries again after a 503 and after a connection that was closed without
/// an answer; what she waits for meanwhile counts. Thread-safe.
final class Bystander implements AutoCloseable {

  private static final int BYTES = 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long LONGEST_PAUSE_MILLIS = 200;

  private final URI endpoint;
  private final S3Requests kept;
  private final SignatureV4 signature;
  private final byte[] body = new byte[BYTES];
  private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger retried = new AtomicInteger();
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> threads;
  private volatile boolean ended;

  /// Of a time: how many requests, the time that one of a hundred took longer than, how many were tried again.
  record Figures(int requests, double p99Millis, int retried) {}

  Bystander(Store store) {
    this.endpoint = store.server().endpoint();
    this.kept = store.ann();
    this.signature = new SignatureV4(endpoint.getAuthority(), "annaccesskey", Store.ANNS_SECRET);
    Arrays.fill(body, (byte) 'a');
    this.threads = List.of(Thread.ofVirtual().start(() -> work(this::overTheKeptConnection)),
        Thread.ofVirtual().start(() -> work(this::overNewConnections)));
  }

  /// What was seen since the last call.
  Figures take() {
    long[] seen;
    synchronized (nanos) {
      seen = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      nanos.clear();
    }
    double p99 = seen.length == 0 ? Double.NaN : seen[(int) Math.min(seen.length - 1, seen.length * 0.99)] / 1e6;
    return new Figures(seen.length, p99, retried.getAndSet(0));
  }

  /// What did not succeed at all.
  List<String> failures() {
    return List.copyOf(failures);
  }

  /// 200, 503, or 0 for a connection that was closed without an answer.
  private interface Step {
    int ask(boolean puts) throws IOException, InterruptedException;
  }

  private void work(Step step) {
    boolean puts = true;
    while (!ended) {
      long begun = System.nanoTime();
      try {
        boolean isDone = false;
        for (int i = 0; !isDone && !ended; i++) {
          int status = step.ask(puts);
          isDone = status == 200;
          if (!isDone && status != 503 && status != 0) {
            failures.add((puts ? "PUT " : "GET ") + status);
            break;
          }
          if (!isDone) {
            if (System.nanoTime() - begun > PATIENCE.toNanos()) {
              failures.add((puts ? "PUT" : "GET") + " was not served for " + PATIENCE);
              break;
            }
            retried.incrementAndGet();
            Thread.sleep(Math.min(LONGEST_PAUSE_MILLIS, 10L << Math.min(i, 6))); // a client's pause between tries
          }
        }
        if (isDone) {
          nanos.add(System.nanoTime() - begun);
        }
      } catch (IOException e) {
        failures.add((puts ? "PUT " : "GET ") + e);
      } catch (InterruptedException _) {
        return;
      }
      puts = !puts;
    }
  }

  private int overTheKeptConnection(boolean puts) throws InterruptedException {
    try {
      HttpResponse<byte[]> response = puts ? kept.put("/ann/kept", body) : kept.get("/ann/kept");
      if (response.statusCode() == 200 && !puts && !Arrays.equals(response.body(), body)) {
        failures.add("other bytes");
      }
      return response.statusCode();
    } catch (HttpTimeoutException e) {
      failures.add(e.toString());
      return 0;
    } catch (IOException _) {
      return 0;
    }
  }

  private int overNewConnections(boolean puts) throws IOException {
    String method = puts ? "PUT" : "GET";
    byte[] sent = puts ? body : new byte[0];
    StringBuilder head = new StringBuilder(method + " /ann/new HTTP/1.1\r\n");
    signature.sign(method, "/ann/new", "", Map.of(), SignatureV4.sha256(sent)).fields()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("Connection: close\r\nContent-Length: ").append(sent.length).append("\r\n\r\n");
    try (RawConnection connection = new RawConnection(endpoint)) {
      connection.send(head + new String(sent, ISO_8859_1));
      Answers answers = Answers.read(connection.socket().getInputStream(), List.of(method));
      if (answers.fault().contains("Timeout")) {
        failures.add(method + " " + answers.fault());
      }
      return answers.statuses().isEmpty() ? 0 : answers.statuses().getFirst();
    } catch (SocketException _) { // refused or reset
      return 0;
    }
  }

  @Override
  public void close() throws InterruptedException {
    ended = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
