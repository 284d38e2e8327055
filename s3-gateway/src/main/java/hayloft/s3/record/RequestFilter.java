package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/// Which requests somebody wants to see. Immutable. Empty texts stand for any.
///
/// @param action an operation's name; [RequestRecords#NO_OPERATION] for those of which it is not known
/// @param leastStatus of the answer, as is the next; a request without an answer has 0
public record RequestFilter(String bucket, String user, String keyPrefix, String action, int leastStatus,
    int mostStatus, Duration slowerThan) {

  private static final int MOST_STATUS = 999;

  public static final RequestFilter ANY = new RequestFilter("", "", "", "", 0, MOST_STATUS, Duration.ZERO);

  /// The same with what a text says of the status: `4xx`, `404`, or nothing for any.
  ///
  /// @return empty if it says nothing that is understood
  public Optional<RequestFilter> withStatus(String text) {
    if (text.isEmpty()) {
      return Optional.of(this);
    }
    if (text.matches("[1-5]xx")) {
      int least = (text.charAt(0) - '0') * 100;
      return Optional.of(withStatus(least, least + 99));
    }
    return text.matches("[1-5][0-9]{2}")
        ? Optional.of(withStatus(Integer.parseInt(text), Integer.parseInt(text)))
        : Optional.empty();
  }

  private RequestFilter withStatus(int least, int most) {
    return new RequestFilter(bucket, user, keyPrefix, action, least, most, slowerThan);
  }

  /// The name as AWS writes it, whatever its case; empty if there is no such action.
  public static Optional<String> action(String name) {
    return name.equalsIgnoreCase(RequestRecords.NO_OPERATION)
        ? Optional.of(RequestRecords.NO_OPERATION)
        : Arrays.stream(S3Operation.values()).map(S3Operation::awsName).filter(name::equalsIgnoreCase).findFirst();
  }

  boolean takes(String actionName, Reply reply, ExchangeTimes times) {
    return times.status() >= leastStatus && times.status() <= mostStatus
        && (action.isEmpty() || action.equals(actionName)) && (bucket.isEmpty() || bucket.equals(reply.bucket()))
        && (user.isEmpty() || user.equals(reply.requester())) && reply.key().startsWith(keyPrefix)
        && times.endedNanos() - times.beganNanos() >= slowerThan.toNanos();
  }
}
