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

  /// What listings ask for.
  ///
  /// @param size keys in a page
  /// @param grouped whether keys are grouped at slashes
  record Page(int size, boolean grouped) {}

  private static final int READS_OF_TEN = 7;

  private final Kind kind;
  private final String bucket;
  private final long objects;
  private final int prefixes;
  private final Page page;
  private final List<Integer> sizes;
  private final AtomicLong next = new AtomicLong();

  /// @param prefixes that keys are spread over
  /// @param sizes of the objects: the first has the first size, and so on in turn
  Workload(Kind kind, String bucket, long objects, int prefixes, Page page, List<Integer> sizes) {
    this.kind = kind;
    this.bucket = bucket;
    this.objects = objects;
    this.prefixes = prefixes;
    this.page = page;
    this.sizes = List.copyOf(sizes);
  }

  Request next(RandomGenerator random) {
    return switch (kind) {
      case PUT -> put(next.getAndIncrement());
      case GET -> new Request("GET", path(random.nextLong(objects)), "", 0);
      case HEAD -> new Request("HEAD", path(random.nextLong(objects)), "", 0);
      case LIST -> page.grouped() ? groups() : list(random.nextLong(Math.max(1, objects - page.size() + 1)));
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
        "list-type=2&max-keys=" + page.size()
            + (after == 0 ? "" : "&start-after=" + name(after - 1).replace("/", "%2F")),
        0);
  }

  private Request groups() {
    return new Request("GET", "/" + bucket, "delimiter=%2F&list-type=2&max-keys=" + page.size() + "&prefix=bench%2F",
        0);
  }

  private String path(long number) {
    return "/" + bucket + "/" + name(number);
  }

  /// Keys are dense and ordered, unless several prefixes are asked for: to spread them would hide what one hot prefix
  /// costs.
  private String name(long number) {
    String digits = Long.toString(number);
    return "bench/" + (prefixes > 1 ? number % prefixes + "/" : "") + "0".repeat(Math.max(0, 10 - digits.length()))
        + digits;
  }
}
