package hayloft.common.http;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// An exchange that has not ended, as it was at some moment. Immutable.
///
/// @param receivedBytes of the request's body so far
/// @param sentBytes of the answer's body so far
/// @param waitsForClient for more of the body, or to take what is written; else it is the server's turn
/// @param watcher that looks after it; null if none does
public record ExchangeUnderWay(String method, InetSocketAddress remote, long ageNanos, long receivedBytes,
    long sentBytes, boolean waitsForClient, @Nullable ExchangeWatcher watcher) {}
