package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.http.ExchangeUnderWay;
import hayloft.s3.record.RequestFilter;
import hayloft.s3.record.RequestRates;
import hayloft.s3.record.RequestRates.Sum;
import hayloft.s3.record.RequestRates.Sums;
import hayloft.s3.record.RequestTap;
import hayloft.s3.record.UnderWayRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// `trace` and `top`: each begins a watch. Thread-safe.
final class LiveCommands {

  private static final int MOST_ROWS = 100;
  private static final long LONGEST_WINDOW_SECONDS = 3600;
  private static final long LONGEST_REQUEST_MILLIS = 86_400_000;

  private final LiveRooms rooms;
  private final Watches watches;

  LiveCommands(LiveRooms rooms, Watches watches) {
    this.rooms = rooms;
    this.watches = watches;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("trace", this::trace), AdminCommand.reads("top", this::top));
  }

  private JsonNode trace(AdminCall call) {
    Arguments arguments = call.arguments();
    String action = arguments.optionalText("action").map(name -> RequestFilter.action(name)
        .orElseThrow(
            () -> AdminRefusal.wrong("-action: no such action: " + name + "; it is named as S3 does, such as GetObject,"
                + " or none for requests that were refused before it was known")))
        .orElse("");
    String status = arguments.optionalText("status").orElse("");
    RequestFilter filter = new RequestFilter(arguments.optionalText("bucket").orElse(""),
        arguments.optionalText("user").orElse(""), arguments.optionalText("key").orElse(""), action, 0, 999,
        Duration.ofMillis(arguments.number("slowerThanMillis", 0, 0, LONGEST_REQUEST_MILLIS)))
        .withStatus(status).orElseThrow(
            () -> AdminRefusal.wrong("-status must be a status such as 404, or a class such as 4xx, got " + status));
    arguments.requireAllKnown();
    RequestTap tap = rooms.taps().trace(filter);
    return begun(call, "trace", new Watches.Source() {
      @Override
      public JsonNode fetch(long waitMillis) throws InterruptedException {
        RequestTap.Seen seen = tap.fetch(waitMillis);
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.putArray("requests").addAll(seen.requests());
        return answer.put("notShown", seen.notShown());
      }

      @Override
      public void close() {
        rooms.taps().close(tap);
      }
    });
  }

  private JsonNode begun(AdminCall call, String what, Watches.Source source) {
    return JsonNodeFactory.instance.objectNode().put("watch", watches.begin(call.caller(), what, source));
  }

  private JsonNode top(AdminCall call) {
    Arguments arguments = call.arguments();
    String by = arguments.optionalText("by").orElse("action");
    RequestRates.By what = Arrays.stream(RequestRates.By.values())
        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(by)).findFirst()
        .orElseThrow(() -> AdminRefusal.wrong("-by must be user, bucket, action or remote, got " + by));
    Duration window = Duration.ofSeconds(arguments.number("seconds", 2, 1, LONGEST_WINDOW_SECONDS));
    arguments.requireAllKnown();
    RequestRates rates = rooms.taps().rates(what);
    return begun(call, "top", new Watches.Source() {
      @Override
      public JsonNode fetch(long waitMillis) throws InterruptedException {
        Optional<Sums> sums = rates.fetch(window, waitMillis);
        return sums.isPresent() ? told(by, sums.get()) : JsonNodeFactory.instance.objectNode().put("pending", true);
      }

      @Override
      public void close() {
        rooms.taps().close(rates);
      }
    });
  }

  private JsonNode told(String by, Sums sums) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("by", by).put("overMillis", sums.over().toMillis())
        .put("requests", sums.sums().stream().mapToLong(Sum::requests).sum()).put("names", sums.sums().size());
    ArrayNode rates = answer.putArray("rates");
    double seconds = sums.over().toNanos() / 1e9;
    sums.sums().stream().limit(MOST_ROWS).forEach(sum -> rates.addObject().put("name", sum.name())
        .put("requests", sum.requests()).put("requestsPerSecond", rounded(sum.requests() / seconds))
        .put("refused", sum.refused()).put("failed", sum.failed())
        .put("receivedBytesPerSecond", Math.round(sum.receivedBytes() / seconds))
        .put("sentBytesPerSecond", Math.round(sum.sentBytes() / seconds))
        .put("meanMillis", rounded(sum.nanos() / 1e6 / sum.requests())));
    List<ExchangeUnderWay> present = rooms.underWay().get();
    answer.put("underWayCount", present.size());
    ArrayNode list = answer.putArray("underWay");
    present.stream().sorted(Comparator.comparingLong(ExchangeUnderWay::ageNanos).reversed()).limit(MOST_ROWS)
        .forEach(exchange -> list.add(UnderWayRequest.fields(exchange)));
    return answer;
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
