package hayloft.common.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Whom a client believes to be the server, for clients on Netty and for those of the JDK. Immutable.
public final class ClientTls {

  private final TrustManager[] trust;

  private ClientTls(TrustManager... trust) {
    this.trust = trust;
  }

  /// Servers with a certificate that one of these vouches for, and none else.
  public static ClientTls trusting(List<X509Certificate> authorities) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("authority-" + i, authorities.get(i));
      }
      return of(store);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a key store in memory takes every certificate", e);
    }
  }

  /// The server that shows this very certificate, under whatever name it is asked.
  public static ClientTls trustingOnly(X509Certificate certificate) {
    return new ClientTls(new Acquaintance(certificate));
  }

  /// Servers that this Java trusts by itself: those of the public authorities.
  public static ClientTls trustingPublicAuthorities() {
    return of(null);
  }

  /// Anybody who answers. Whoever stands between here and the server can then read and change everything.
  public static ClientTls trustingAnybody() {
    return new ClientTls(new Credulous());
  }

  private static ClientTls of(@Nullable KeyStore store) {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return new ClientTls(factory.getTrustManagers());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has a way to check certificates", e);
    }
  }

  /// The client's end of connections to one server, for their pipelines. The caller closes it after the last
  /// connection.
  public Connections connections(String host, int port) throws IOException {
    try {
      TlsProvider provider = TlsProvider.best();
      return new Connections(
          TlsRules.applied(SslContextBuilder.forClient().trustManager(trust[0]), provider).build(), host, port);
    } catch (SSLException e) {
      throw new IOException("no TLS: " + e.getMessage(), e);
    }
  }

  /// For clients of the JDK.
  public SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  /// Makes the encryption of connections to one server. Thread-safe.
  public static final class Connections implements AutoCloseable {
    private final SslContext context;
    private final String host;
    private final int port;

    private Connections(SslContext context, String host, int port) {
      this.context = context;
      this.host = host;
      this.port = port;
    }

    /// For a pipeline, which takes it. It checks that the server's certificate is for the host that was asked for.
    public SslHandler newHandler(ByteBufAllocator allocator) {
      return context.newHandler(allocator, host, port);
    }

    @Override
    public void close() {
      ReferenceCountUtil.release(context);
    }
  }

  /// Knows one certificate. Being an extended one it is also in charge of host names: who has the key of that
  /// certificate is the one that is meant, whatever it is called.
  private static final class Acquaintance extends X509ExtendedTrustManager {
    private final X509Certificate known;

    Acquaintance(X509Certificate known) {
      this.known = known;
    }

    private void check(X509Certificate... chain) throws CertificateException {
      if (chain.length == 0 || !chain[0].equals(known)) {
        throw new CertificateException("it shows another certificate than the one that is known of it");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /// Checks nothing; being an extended one it is also in charge of host names, and does not check these either.
  private static final class Credulous extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
