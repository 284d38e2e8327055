package hayloft.s3.request;

import hayloft.common.http.ExchangeTimes;

/// Hears of every request at its end. Thread-safe; called on event loops, so it does not wait.
@FunctionalInterface
public interface RequestObserver {

  void ended(Reply reply, ExchangeTimes times);
}
