package hayloft.common.http;

/// Looks after an exchange: knows what it is called, and hears how it ended.
public interface ExchangeWatcher {

  /// What log lines and the answer's headers call it.
  String reference();

  /// What to tell the client if the server has to answer by itself.
  ///
  /// @param status 408 or 400 for a body that did not come well, 500 for a fault, 503 beyond a bound
  Refusal refusal(int status);

  /// Called once, on the event loop: when the last byte of the answer is on its way to the socket, or when it is
  /// certain that none follows. It must not wait.
  void ended(ExchangeTimes times);
}
