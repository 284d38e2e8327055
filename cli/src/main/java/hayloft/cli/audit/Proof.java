package hayloft.cli.audit;

import hayloft.cli.Ending;
import hayloft.cli.client.S3Client;
import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.cli.audit.Entry.Begin;
import hayloft.cli.audit.Entry.Operation;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Holds a store against what a log expects of it: reads every key, compares byte for byte, then lists, since what is
/// read and what is listed must be the same. Confined to one thread but for the reading.
final class Proof {

  private static final Pattern KEY = Pattern.compile("<Key>([^<]+)</Key>");

  /// What a key turned out to hold.
  sealed interface Finding {
    /// As acknowledged.
    ///
    /// @param open whether a request was under way besides, which has left no trace
    record Kept(boolean present, long bytes, boolean open) implements Finding {}

    /// The request that was under way was carried out.
    record Overtaken(boolean present, long bytes) implements Finding {}

    /// Something acknowledged is not there, or something else is.
    record Lost(String what) implements Finding {}
  }

  private final Expectations expected;
  private final Map<String, Finding> findings = new TreeMap<>();
  private final Map<String, String> digests = new TreeMap<>();
  private final List<String> losses = new ArrayList<>();
  private Ending ending = new Ending.Done();

  private Proof(Expectations expected) {
    this.expected = expected;
  }

  /// If it is interrupted, or the store goes away, it says what was seen until then.
  ///
  /// @param clients makes a client for each reading thread
  /// @param passed is told of each key
  /// @param interrupted asked before each key
  /// @throws IOException if the store does not answer at all: then nothing is proved, nor disproved
  static Proof of(Expectations expected, Supplier<S3Client> clients, int threads, Runnable passed,
      BooleanSupplier interrupted) throws IOException, InterruptedException {
    var proof = new Proof(expected);
    try {
      clients.get().sendFirst("HEAD", "/" + expected.run().bucket()); // whatever it says: somebody is there
      proof.readAll(clients, threads, passed, interrupted);
      if (!interrupted.getAsBoolean()) {
        proof.list(clients.get());
        return proof;
      }
      proof.ending = new Ending.Interrupted();
    } catch (RefusedListing e) {
      throw e;
    } catch (IOException e) {
      proof.ending = interrupted.getAsBoolean() // which breaks requests off, too
          ? new Ending.Interrupted()
          : new Ending.StoreGone("the store could not be read: " + e.getMessage());
      if (!interrupted.getAsBoolean() && proof.findings.isEmpty()) {
        throw new IOException("the store could not be read: " + e.getMessage(), e);
      }
    }
    return proof;
  }

  /// By a store that is there.
  private static final class RefusedListing extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedListing(String message) {
      super(message);
    }
  }

  private record Read(String key, Finding finding, String digest) {}

  private void readAll(Supplier<S3Client> clients, int threads, Runnable passed, BooleanSupplier interrupted)
      throws IOException, InterruptedException {
    var queue = new ConcurrentLinkedQueue<>(expected.keys().keySet());
    var seen = new ConcurrentLinkedQueue<Read>();
    var failed = new AtomicBoolean();
    List<Future<?>> readers = new ArrayList<>();
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < threads; i++) {
        readers.add(pool.submit(() -> {
          S3Client client = clients.get();
          try {
            while (!failed.get() && !interrupted.getAsBoolean()) {
              String key = queue.poll();
              if (key == null) {
                return null;
              }
              seen.add(read(client, key));
              passed.run();
            }
            return null;
          } catch (IOException e) {
            failed.set(true); // the others end too
            throw e;
          }
        }));
      }
    }
    seen.forEach(this::keep);
    for (Future<?> reader : readers) {
      try {
        reader.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException fault) {
          throw fault;
        }
        throw new IllegalStateException("a reader failed", e.getCause());
      }
    }
  }

  private void keep(Read read) {
    findings.put(read.key, read.finding);
    if (!read.digest.isEmpty()) {
      digests.put(read.key, read.digest);
    }
    if (read.finding instanceof Finding.Lost(String what)) {
      losses.add(read.key + ": " + what);
    }
  }

  private Read read(S3Client client, String key) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = client.send("GET", "/" + expected.run().bucket() + "/" + key);
    Expectations.Key may = expected.keys().getOrDefault(key, Expectations.Key.NOTHING);
    boolean present = answer.statusCode() == 200;
    String digest = present ? Content.sha256Hex(answer.body()) : "";
    Finding finding;
    if (matches(answer, may.acknowledged(), digest)) {
      finding = new Finding.Kept(present, present ? answer.body().length : 0, may.open().isPresent());
    } else if (may.open().isPresent() && matches(answer, may.open(), digest)) {
      finding = new Finding.Overtaken(present, present ? answer.body().length : 0);
    } else {
      finding = new Finding.Lost("expected " + text(may.acknowledged())
          + may.open().map(open -> ", or " + text(Optional.of(open)) + " which was under way").orElse("") + "; found "
          + (present
              ? answer.body().length + " bytes with SHA-256 " + digest + difference(answer.body(), may.acknowledged())
              : "status " + answer.statusCode()));
    }
    return new Read(key, finding, digest);
  }

  private boolean matches(HttpResponse<byte[]> answer, Optional<Begin> step, String digest) {
    if (step.isEmpty() || step.get().operation() == Operation.DELETE) {
      return answer.statusCode() == 404;
    }
    Begin wanted = step.get();
    return answer.statusCode() == 200 && digest.equals(wanted.sha256())
        && Arrays.equals(answer.body(), content(wanted));
  }

  private byte[] content(Begin step) {
    return Content.of(expected.run().seed(), step.client(), step.step(), step.sizeBytes());
  }

  private static String text(Optional<Begin> step) {
    return step.filter(begin -> begin.operation() != Operation.DELETE)
        .map(begin -> begin.sizeBytes() + " bytes of client " + begin.client() + "'s step " + begin.step()
            + " with SHA-256 " + begin.sha256())
        .orElse("nothing");
  }

  private String difference(byte[] found, Optional<Begin> step) {
    return step.filter(begin -> begin.operation() != Operation.DELETE)
        .map(begin -> ", first different at byte " + Arrays.mismatch(found, content(begin))).orElse("");
  }

  private void list(S3Client client) throws IOException, InterruptedException {
    Set<String> listed = new HashSet<>();
    String prefix = (expected.run().prefix() + "/").replace("/", "%2F");
    String after = "";
    for (boolean more = true; more;) {
      HttpResponse<byte[]> page = client.send("GET", "/" + expected.run().bucket(), "list-type=2&prefix=" + prefix
          + (after.isEmpty() ? "" : "&start-after=" + after.replace("/", "%2F")), new byte[0]);
      if (page.statusCode() != 200) {
        throw new RefusedListing("the bucket could not be listed: " + S3Client.refusal(page));
      }
      Matcher keys = KEY.matcher(S3Client.text(page));
      while (keys.find()) {
        after = keys.group(1);
        listed.add(after);
      }
      more = S3Client.text(page).contains("<IsTruncated>true");
    }
    findings.forEach((key, finding) -> {
      boolean present = switch (finding) {
        case Finding.Kept kept -> kept.present;
        case Finding.Overtaken overtaken -> overtaken.present;
        case Finding.Lost _ -> listed.contains(key); // is told already
      };
      if (present != listed.contains(key)) {
        losses.add(key + ": " + (present ? "can be read and is not listed" : "is listed and cannot be read"));
      }
    });
    listed.stream().filter(key -> !findings.containsKey(key)).sorted()
        .forEach(key -> losses.add(key + ": is listed, though nobody ever wrote it"));
  }

  /// Whether every key was read, and what is there listed.
  Ending ending() {
    return ending;
  }

  int keysRead() {
    return findings.size();
  }

  Expectations expected() {
    return expected;
  }

  /// What is wrong, a line for each; empty for a store that kept its promises.
  List<String> losses() {
    return losses;
  }

  long presentObjects() {
    return digests.size();
  }

  long bytes() {
    return findings.values().stream().mapToLong(finding -> switch (finding) {
      case Finding.Kept kept -> kept.bytes;
      case Finding.Overtaken overtaken -> overtaken.bytes;
      case Finding.Lost _ -> 0;
    }).sum();
  }

  /// Keys that hold nothing, as they should.
  long absentKeys() {
    return findings.values().stream().filter(finding -> switch (finding) {
      case Finding.Kept kept -> !kept.present;
      case Finding.Overtaken overtaken -> !overtaken.present;
      case Finding.Lost _ -> false;
    }).count();
  }

  long openAndNotDone() {
    return findings.values().stream().filter(finding -> finding instanceof Finding.Kept kept && kept.open).count();
  }

  long openAndDone() {
    return findings.values().stream().filter(Finding.Overtaken.class::isInstance).count();
  }

  /// SHA-256 over a line `key SHA-256` for each object that was read, in the order of keys: two stores with the same
  /// digest hold the same.
  String digest() {
    MessageDigest all = Content.sha256();
    digests.forEach((key, digest) -> all.update((key + " " + digest + "\n").getBytes(US_ASCII)));
    return HexFormat.of().formatHex(all.digest());
  }
}
