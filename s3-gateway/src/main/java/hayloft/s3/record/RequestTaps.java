package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.log.LogText;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import java.util.Arrays;
import java.util.Optional;

/// Who watches requests while the server works. Thread-safe.
///
/// While nobody does, a request costs one look at a volatile field.
public final class RequestTaps {

  private static final Tap[] NOBODY = {};

  private volatile Tap[] taps = NOBODY;

  /// One who watches.
  interface Tap {

    /// On the event loop; does not wait.
    ///
    /// @param action the operation's name
    /// @param operation empty if it is not known what the request meant
    void ended(String action, Optional<S3Operation> operation, Reply reply, ExchangeTimes times);

    /// Nothing comes any more.
    void closed();
  }

  /// Shows requests one by one.
  public RequestTap trace(RequestFilter filter) {
    return open(new RequestTap(filter));
  }

  /// Sums requests up.
  public RequestRates rates(RequestRates.By by) {
    return open(new RequestRates(by));
  }

  private synchronized <T extends Tap> T open(T tap) {
    Tap[] more = Arrays.copyOf(taps, taps.length + 1);
    more[taps.length] = tap;
    taps = more;
    return tap;
  }

  public void close(RequestTap tap) {
    remove(tap);
  }

  public void close(RequestRates rates) {
    remove(rates);
  }

  private synchronized void remove(Tap tap) {
    taps = Arrays.stream(taps).filter(one -> one != tap).toArray(Tap[]::new);
    tap.closed();
  }

  /// How many watch.
  public int watchers() {
    return taps.length;
  }

  void ended(String action, Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    for (Tap tap : taps) {
      tap.ended(action, operation, reply, times);
    }
  }

  /// What a client sent, for a row of a table.
  static String shown(String text) {
    return LogText.sentence(text, LogText.MOST_CHARS);
  }
}
