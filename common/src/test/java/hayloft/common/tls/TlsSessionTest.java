package hayloft.common.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

final class TlsSessionTest {

  @Test
  void everySuiteOfTls12HasOpenSslsName() {
    for (String suite : TlsRules.CIPHERS) {
      if (suite.contains("_WITH_")) {
        assertNotEquals(suite, TlsSession.openSslName(suite));
      } else {
        assertEquals(suite, TlsSession.openSslName(suite), "TLS 1.3 has one name for each");
      }
    }
    assertEquals("ECDHE-RSA-AES128-GCM-SHA256", TlsSession.openSslName("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
  }
}
