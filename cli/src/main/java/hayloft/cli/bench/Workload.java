package hayloft.cli.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/// Chooses the next request. Thread-safe; each connection brings its own random generator.
final class Workload {

  /// What is measured.
  enum Kind {
    PUT,
    GET,
    HEAD,
    LIST,
    DELETE,
    MIXED
  }

  /// One request to send.
  ///
  /// @param path encoded, with the bucket
  /// @param query canonical
  /// @param hasBody whether the workload's body goes with it
  record Request(String method, String path, String query, boolean hasBody) {}

  private static final int READS_OF_TEN = 7;

  private final Kind kind;
  private final String bucket;
  private final long objects;
  private final int pageSize;
  private final AtomicLong next = new AtomicLong();

  Workload(Kind kind, String bucket, long objects, int pageSize) {
    this.kind = kind;
    this.bucket = bucket;
    this.objects = objects;
    this.pageSize = pageSize;
  }

  Request next(RandomGenerator random) {
    return switch (kind) {
      case PUT -> put(next.getAndIncrement());
      case GET -> new Request("GET", path(random.nextLong(objects)), "", false);
      case HEAD -> new Request("HEAD", path(random.nextLong(objects)), "", false);
      case LIST -> list(random.nextLong(Math.max(1, objects - pageSize + 1)));
      case DELETE -> new Request("DELETE", path(next.getAndIncrement()), "", false);
      case MIXED -> random.nextInt(10) < READS_OF_TEN
          ? new Request("GET", path(random.nextLong(objects)), "", false)
          : put(random.nextLong(objects));
    };
  }

  private Request put(long number) {
    return new Request("PUT", path(number), "", true);
  }

  private Request list(long after) {
    return new Request("GET", "/" + bucket,
        "list-type=2&max-keys=" + pageSize + (after == 0 ? "" : "&start-after=" + name(after - 1).replace("/", "%2F")),
        false);
  }

  private String path(long number) {
    return "/" + bucket + "/" + name(number);
  }

  /// Keys spread over 256 prefixes would hide what one hot prefix costs; they are dense and ordered instead.
  static String name(long number) {
    String digits = Long.toString(number);
    return "bench/" + "0".repeat(Math.max(0, 10 - digits.length())) + digits;
  }
}
