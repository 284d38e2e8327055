package hayloft.common.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;

/// The certificate that a process shows on its ports, and the encryption of each new connection. The certificate can be
/// replaced at any time: connections that are open keep the one they began with, later ones get the new one.
/// Thread-safe.
public final class ServerTls implements AutoCloseable {

  /// Sessions that clients may resume with TLS 1.2; Netty's default would let BoringSSL keep 20,480.
  private static final int SESSIONS = 1024;
  private static final Duration SESSION_AGE = Duration.ofHours(1);
  /// How long a connection that is closed waits for its peer to take the word that it is.
  private static final Duration FAREWELL = Duration.ofMillis(500);

  /// @param context owned by this class, and by each connection that it encrypts
  private record InForce(CertifiedKey identity, SslContext context) {}

  private final TlsProvider provider;
  private final HandshakeThreads threads = new HandshakeThreads();
  private InForce inForce;
  private boolean closed;

  private ServerTls(CertifiedKey identity, TlsProvider provider) throws IOException {
    this.provider = provider;
    this.inForce = new InForce(identity, context(identity, provider));
  }

  /// @throws IOException if the provider cannot work with this certificate
  public static ServerTls start(CertifiedKey identity) throws IOException {
    return start(identity, TlsProvider.best());
  }

  /// @throws IOException if the provider does not load, or cannot work with this certificate
  public static ServerTls start(CertifiedKey identity, TlsProvider provider) throws IOException {
    return new ServerTls(identity, provider);
  }

  private static SslContext context(CertifiedKey identity, TlsProvider provider) throws IOException {
    try {
      return TlsRules.applied(SslContextBuilder.forServer(identity.key(), identity.chain()), provider)
          .sessionCacheSize(SESSIONS).sessionTimeout(SESSION_AGE.toSeconds()).build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException("the certificate does not work for TLS: " + e.getMessage(), e);
    }
  }

  public TlsProvider provider() {
    return provider;
  }

  /// What new connections are shown.
  public synchronized CertifiedKey identity() {
    return inForce.identity();
  }

  /// Shows new connections another certificate from now on.
  ///
  /// @throws IOException if the provider cannot work with it; the one in force stays
  public void replace(CertifiedKey next) throws IOException {
    SslContext context = context(next, provider);
    SslContext before;
    synchronized (this) {
      if (closed) {
        ReferenceCountUtil.release(context);
        return;
      }
      before = inForce.context();
      inForce = new InForce(next, context);
    }
    ReferenceCountUtil.release(before);
  }

  /// Is told when a connection's handshake waits for this side, and when it does so no longer. Any thread.
  public interface HandshakeWatcher {
    void begins();

    void ends();
  }

  /// The server's end of one connection, for its pipeline, which takes it.
  ///
  /// @param patience from now to the end of the handshake; the connection is closed after that
  public SslHandler newHandler(ByteBufAllocator allocator, Duration patience) {
    return newHandler(allocator, patience, threads);
  }

  /// The same, with somebody who wants to know whose turn it is.
  public SslHandler newHandler(ByteBufAllocator allocator, Duration patience, HandshakeWatcher watcher) {
    return newHandler(allocator, patience, task -> {
      watcher.begins();
      try {
        threads.execute(() -> {
          try {
            task.run();
          } finally {
            watcher.ends();
          }
        });
      } catch (RejectedExecutionException e) {
        watcher.ends();
        throw e;
      }
    });
  }

  private SslHandler newHandler(ByteBufAllocator allocator, Duration patience, Executor worker) {
    SslContext context = retained();
    try {
      SslHandler handler = context.newHandler(allocator, worker);
      handler.setHandshakeTimeoutMillis(patience.toMillis());
      handler.setCloseNotifyFlushTimeoutMillis(FAREWELL.toMillis());
      return handler;
    } finally {
      ReferenceCountUtil.release(context);
    }
  }

  private synchronized SslContext retained() {
    if (closed) {
      throw new IllegalStateException("TLS has been closed, before the ports that need it");
    }
    return ReferenceCountUtil.retain(inForce.context());
  }

  /// To be called after the ports that use it have stopped listening.
  @Override
  public void close() {
    SslContext last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = inForce.context();
    }
    ReferenceCountUtil.release(last);
    threads.close();
  }

  /// Where the work of handshakes with keys is done.
  HandshakeThreads threads() {
    return threads;
  }
}
