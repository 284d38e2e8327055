package hayloft.common.http;

import hayloft.common.PieceSource;
import hayloft.common.tls.TlsSession;
import hayloft.common.volume.StoreBusyException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// One request and its answer. Confined to one thread at a time: first the event loop's, then the fork's.
///
/// The server answers requests of a connection in order and gives the next one out only when this one has been
/// answered. What a handler leaves unread of a body is read and dropped up to a bound, beyond which the connection is
/// closed.
public interface HttpExchange {

  HttpMethod method();

  /// The request target as it was sent: path and query, still percent-encoded.
  String target();

  HttpHeaders headers();

  InetSocketAddress remoteAddress();

  boolean isTls();

  /// What its connection's handshake agreed on; empty without TLS.
  default Optional<TlsSession> tlsSession() {
    return Optional.empty();
  }

  RequestBody body();

  /// Tells whose request it is, once that is proved by more than can be handed on, as a presigned URL can: what its
  /// connection keeps counts for this user from now on, instead of for all strangers. What only stands in for a
  /// connection need not know.
  ///
  /// @param user any name that is this one's alone on this port
  default void belongsTo(String user) {}

  /// Whether the client speaks HTTP/1.0.
  default boolean isHttp10() {
    return false;
  }

  /// Who looks after this exchange; at most one. To be told before the exchange is forked or answered. What only stands
  /// in for a connection need not tell.
  default void watch(ExchangeWatcher watcher) {}

  /// Runs the rest on a new virtual thread. What it throws becomes a 500, or closes the connection if the answer has
  /// begun. If no thread can be had it throws, and nothing has happened.
  ///
  /// @return false if too much is under way: the client was told so, and the rest never runs
  boolean fork(Waiting rest);

  /// Lets the handler return before the answer. Tasks that the executor is given run on the event loop and must not
  /// wait; one of them answers, or forks. Other threads may answer as well, as long as one at a time works on the
  /// exchange.
  ///
  /// @return null on the fork, and where too much is under way: [#fork] then says so to the client
  @Nullable
  Executor later();

  /// Ends an exchange that [#later] has kept open, after a fault: 500, or a closed connection if the answer has begun.
  void fail(Throwable fault);

  /// Something is about to be done whose outcome has to be told: what an answer of about so many bytes takes is counted
  /// now, and no want of room refuses that answer any more. On the fork. What only stands in for a connection need not
  /// count.
  ///
  /// @throws StoreBusyException if there is no room, after a moment; then nothing should be done
  default void oweAnswer(long bytes) throws StoreBusyException {}

  /// Answers with a complete body, in one write with the head. Any thread; takes the buffer. Adds `Date`,
  /// `Content-Length` (unless the headers have one, as for HEAD) and what keeping or closing the connection needs.
  void respond(int status, HttpHeaders headers, ByteBuf body);

  /// Begins an answer with a body that comes in pieces. On the fork only. The head travels with the first piece.
  ///
  /// @param contentLength exact length in bytes, or -1 for chunked transfer encoding
  ResponseBody respondInPieces(int status, HttpHeaders headers, long contentLength) throws IOException;

  /// Answers with a body whose first piece is here and whose rest comes from a source. On the event loop it returns at
  /// once: pieces that need no waiting are written there as the client takes them, and a fork goes on as soon as one
  /// has to be waited for. On the fork it waits until all is written. Takes the buffer and the source.
  ///
  /// @param contentLength exact length in bytes of everything
  default void respondFrom(int status, HttpHeaders headers, long contentLength, ByteBuf first, PieceSource rest)
      throws IOException {
    try (rest) {
      ResponseBody body;
      try {
        body = respondInPieces(status, headers, contentLength);
      } catch (IOException | RuntimeException e) {
        first.release();
        throw e;
      }
      for (ByteBuf piece = first; piece != null; piece = rest.next()) {
        body.write(piece);
      }
      body.end();
    }
  }

  /// Work that may wait.
  @FunctionalInterface
  interface Waiting {
    void run() throws Exception;
  }
}
