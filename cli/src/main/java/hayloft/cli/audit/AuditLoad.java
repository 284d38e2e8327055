package hayloft.cli.audit;

import hayloft.cli.client.S3Client;
import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.cli.audit.Entry.Operation;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One client of an audit: keys of its own, one request under way at a time, every step in the log before and after.
/// Confined to one thread.
final class AuditLoad {

  /// What all clients of a run share.
  ///
  /// @param keys of each client
  /// @param deletePercent of all steps
  /// @param multipartPercent of all steps
  record Mix(int keys, int leastBytes, int mostBytes, int deletePercent, int multipartPercent) {}

  /// Parts but the last have at least so much.
  /// [Limits](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)
  private static final int LEAST_PART_BYTES = 5 << 20;
  private static final Pattern UPLOAD_ID = Pattern.compile("<UploadId>([^<]+)</UploadId>");

  private final int number;
  private final Entry.Run run;
  private final Mix mix;
  private final S3Client client;
  private final AckLog log;
  private final InstantSource clock;
  private final SplittableRandom random;
  /// Those whose content is known.
  private final List<String> keys = new ArrayList<>();
  private long step;

  AuditLoad(int number, Entry.Run run, Mix mix, S3Client client, AckLog log, InstantSource clock) {
    this.number = number;
    this.run = run;
    this.mix = mix;
    this.client = client;
    this.log = log;
    this.clock = clock;
    this.random = new SplittableRandom(run.seed() * 31 + number);
    for (int i = 0; i < mix.keys(); i++) {
      keys.add(run.prefix() + "/c" + number + "/k" + i);
    }
  }

  /// What came of a step.
  enum Outcome {
    ACKNOWLEDGED,
    REFUSED,
    /// An answer that leaves open what was done. The key is left alone from now on.
    OPEN,
    /// No answer; otherwise like OPEN.
    NO_ANSWER,
    /// There is no key left whose content is known.
    OUT_OF_KEYS
  }

  /// Does one thing to one key. On return the log has what came of it.
  ///
  /// @throws IOException if the log cannot be written
  Outcome step() throws IOException, InterruptedException {
    if (keys.isEmpty()) {
      return Outcome.OUT_OF_KEYS;
    }
    int chosen = random.nextInt(keys.size());
    String key = keys.get(chosen);
    Operation operation = operation();
    int sizeBytes = switch (operation) {
      case PUT -> size();
      case MULTIPART -> LEAST_PART_BYTES + size();
      case DELETE -> 0;
    };
    byte[] body = Content.of(run.seed(), number, step, sizeBytes);
    log.append(new Entry.Begin(number, step, operation, key, sizeBytes,
        operation == Operation.DELETE ? "-" : Content.sha256Hex(body)));
    Outcome outcome;
    try {
      outcome = judged(operation == Operation.MULTIPART ? upload(key, body) : send(operation, key, body));
    } catch (IOException _) { // the store is gone; what it did last is open, and the log says so
      log.append(new Entry.Unknown(number, step, clock.millis()));
      outcome = Outcome.NO_ANSWER;
    }
    if (outcome == Outcome.OPEN || outcome == Outcome.NO_ANSWER) {
      keys.remove(chosen);
    }
    step++;
    return outcome;
  }

  private Operation operation() {
    int dice = random.nextInt(100);
    if (dice < mix.deletePercent()) {
      return Operation.DELETE;
    }
    return dice < mix.deletePercent() + mix.multipartPercent() ? Operation.MULTIPART : Operation.PUT;
  }

  /// Small sizes are as likely as large ones: each power of two gets the same share.
  private int size() {
    int range = mix.mostBytes() - mix.leastBytes();
    int bits = random.nextInt(Integer.SIZE - Integer.numberOfLeadingZeros(range) + 1);
    return mix.leastBytes() + random.nextInt(Math.min(range, (int) Math.min(Integer.MAX_VALUE, 1L << bits)) + 1);
  }

  private HttpResponse<byte[]> send(Operation operation, String key, byte[] body)
      throws IOException, InterruptedException {
    return client.send(operation == Operation.DELETE ? "DELETE" : "PUT", path(key), "", body);
  }

  private String path(String key) {
    return "/" + run.bucket() + "/" + key;
  }

  /// Returns the answer to the request that completes the upload, or to the one that failed before it.
  private HttpResponse<byte[]> upload(String key, byte[] body) throws IOException, InterruptedException {
    HttpResponse<byte[]> created = client.send("POST", path(key), "uploads=", new byte[0]);
    Matcher id = UPLOAD_ID.matcher(S3Client.text(created));
    if (created.statusCode() != 200 || !id.find()) {
      return created;
    }
    StringBuilder parts = new StringBuilder("<CompleteMultipartUpload>");
    int part = 1;
    for (int from = 0; from < body.length; from += LEAST_PART_BYTES, part++) {
      HttpResponse<byte[]> put = client.send("PUT", path(key), "partNumber=" + part + "&uploadId=" + id.group(1),
          Arrays.copyOfRange(body, from, Math.min(body.length, from + LEAST_PART_BYTES)));
      if (put.statusCode() != 200) {
        return put;
      }
      parts.append("<Part><PartNumber>").append(part).append("</PartNumber><ETag>")
          .append(put.headers().firstValue("etag").orElse("").replace("\"", "&quot;")).append("</ETag></Part>");
    }
    return client.send("POST", path(key), "uploadId=" + id.group(1),
        parts.append("</CompleteMultipartUpload>").toString().getBytes(US_ASCII));
  }

  /// 2xx is a promise, but for a completion that failed after its head was sent; 4xx says that nothing was done; 5xx
  /// says nothing.
  private Outcome judged(HttpResponse<byte[]> answer) throws IOException {
    int status = answer.statusCode();
    if (status / 100 == 2 && !S3Client.text(answer).contains("<Error>")) {
      log.append(new Entry.Ack(number, step, clock.millis(),
          answer.headers().firstValue("x-hayloft-durability").orElse("unsaid")));
      return Outcome.ACKNOWLEDGED;
    }
    if (status / 100 == 4) {
      log.append(new Entry.Refused(number, step, status));
      return Outcome.REFUSED;
    }
    log.append(new Entry.Unknown(number, step, clock.millis()));
    return Outcome.OPEN;
  }
}
