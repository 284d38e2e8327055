package hayloft.common.http;

/// How an exchange went; times as [System#nanoTime] tells them. Confined to the event loop, and to the call that shows
/// it.
public interface ExchangeTimes {

  /// Of the answer; 0 if it never began.
  int status();

  /// Whether all of the answer was given to the socket. If not, the client has left, or the answer broke off.
  boolean isWhole();

  /// Of the request's body, as far as it came, without the framing of chunks.
  long receivedBytes();

  /// Of the answer's body, as far as it was given to the socket, without the framing of chunks.
  long sentBytes();

  /// When the first byte of the head was there.
  long beganNanos();

  /// When the head was whole.
  long headNanos();

  /// When the last byte of the body was there; the head's end if there is none.
  long bodyNanos();

  /// When the answer began; its end if it never did.
  long firstByteNanos();

  long endedNanos();
}
