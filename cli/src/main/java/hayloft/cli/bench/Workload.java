package hayloft.cli.bench;

import java.util.List;
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
  /// @param bodyBytes of the body that goes with it; 0 for none
  record Request(String method, String path, String query, int bodyBytes) {}

  private static final int READS_OF_TEN = 7;

  private final Kind kind;
  private final String bucket;
  private final long objects;
  private final int pageSize;
  private final List<Integer> sizes;
  private final AtomicLong next = new AtomicLong();

  /// @param sizes of the objects: the first has the first size, and so on in turn
  Workload(Kind kind, String bucket, long objects, int pageSize, List<Integer> sizes) {
    this.kind = kind;
    this.bucket = bucket;
    this.objects = objects;
    this.pageSize = pageSize;
    this.sizes = List.copyOf(sizes);
  }

  Request next(RandomGenerator random) {
    return switch (kind) {
      case PUT -> put(next.getAndIncrement());
      case GET -> new Request("GET", path(random.nextLong(objects)), "", 0);
      case HEAD -> new Request("HEAD", path(random.nextLong(objects)), "", 0);
      case LIST -> list(random.nextLong(Math.max(1, objects - pageSize + 1)));
      case DELETE -> new Request("DELETE", path(next.getAndIncrement()), "", 0);
      case MIXED -> random.nextInt(10) < READS_OF_TEN
          ? new Request("GET", path(random.nextLong(objects)), "", 0)
          : put(random.nextLong(objects));
    };
  }

  private Request put(long number) {
    return new Request("PUT", path(number), "", sizes.get((int) (number % sizes.size())));
  }

  private Request list(long after) {
    return new Request("GET", "/" + bucket,
        "list-type=2&max-keys=" + pageSize + (after == 0 ? "" : "&start-after=" + name(after - 1).replace("/", "%2F")),
        0);
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
