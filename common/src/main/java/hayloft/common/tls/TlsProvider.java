package hayloft.common.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/// Whose TLS it is. The native one needs a third less CPU for bytes and a quarter for handshakes, and has no library
/// for every system.
public enum TlsProvider {
  BORINGSSL(SslProvider.OPENSSL_REFCNT),
  JDK(SslProvider.JDK);

  private final SslProvider netty;

  TlsProvider(SslProvider netty) {
    this.netty = netty;
  }

  /// The native one if it loads. The first call takes some milliseconds.
  public static TlsProvider best() {
    return OpenSsl.isAvailable() ? BORINGSSL : JDK;
  }

  /// For logs: which version it is, or why it is not the other one.
  public String detail() {
    return switch (this) {
      case BORINGSSL -> String.valueOf(OpenSsl.versionString());
      case JDK -> Runtime.version() + (OpenSsl.isAvailable()
          ? ""
          : ", because BoringSSL does not load: " + OpenSsl.unavailabilityCause());
    };
  }

  SslProvider netty() {
    return netty;
  }
}
