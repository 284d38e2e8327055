package hayloft.common.tls;

import java.util.Map;
import javax.net.ssl.SSLSession;

/// What a handshake agreed on, in the words of logs. Immutable.
///
/// @param version for instance `TLSv1.3`
/// @param cipherSuite by OpenSSL's name, as S3's logs have it: `ECDHE-RSA-AES128-GCM-SHA256`; those of TLS 1.3 have one
///   name only
public record TlsSession(String version, String cipherSuite) {

  /// Those of TLS 1.2 that [TlsRules] allows.
  private static final Map<String, String> OPENSSL_NAMES = Map.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384",
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305");

  /// @param session whose handshake is over
  public static TlsSession of(SSLSession session) {
    return new TlsSession(session.getProtocol(), openSslName(session.getCipherSuite()));
  }

  static String openSslName(String suite) {
    return OPENSSL_NAMES.getOrDefault(suite, suite);
  }
}
