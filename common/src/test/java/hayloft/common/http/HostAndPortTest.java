package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Can what is printed be put into a URL?
final class HostAndPortTest {

  @ParameterizedTest
  @CsvSource({"10.0.0.1, 10.0.0.1:8333", "::1, [::1]:8333", "fe80:0:0:0:0:0:0:1, [fe80::1]:8333",
      "0.0.0.0, 127.0.0.1:8333", "::, 127.0.0.1:8333"})
  void writesAnAddress(String literal, String expected) {
    assertEquals(expected, HostAndPort.of(new InetSocketAddress(InetAddress.ofLiteral(literal), 8333)));
  }
}
