package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KnownHostsTest {

  private static KnownHosts bound(String address) {
    try {
      return new KnownHosts(InetAddress.getByName(address), Set.of("Hayloft", "10.1.1.1"),
          () -> Stream.of("store.example", "*.wild.example"));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:9333", "localhost.:1", "127.0.0.1", "127.0.0.1:9333", "127.9.9.9",
      "[::1]", "[::1]:8080", "hayloft:1", "HAYLOFT", "10.1.1.1:2", "192.168.0.7:80", "store.example",
      "a.wild.example:1"})
  void theseAreKnown(String host) {
    assertTrue(bound("192.168.0.7").knows(host), host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "evil.example:9333", "localhost.evil.example", "127.0.0.1.evil.example",
      "hayloft.evil", "192.168.0.8", "[fe80::1]:1", "", ":9333", ".", "[]", "[]:1", "wild.example", "a.b.wild.example",
      "evilstore.example", "[", ":",
      "127.0.0.1@evil.example", "*.wild.example.evil"})
  void theseAreNot(String host) {
    assertFalse(bound("192.168.0.7").knows(host), host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:9334", "127.0.0.1:9334", "[::1]:9334", "store.example:9334", "hayloft",
      "HAYLOFT:443", "10.1.1.1:1"})
  void theseMeanThisVeryPort(String host) {
    assertTrue(bound("192.168.0.7").isFor(host, 9334, 80), host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:9335", "localhost:", "127.0.0.1:09334", "[::1]", "[::1]:1",
      "store.example", "store.example:443"})
  void theseMayMeanAnother(String host) {
    assertFalse(bound("192.168.0.7").isFor(host, 9334, 80), host);
  }

  @Test
  void theUsualPortIsNotNamed() {
    assertTrue(bound("192.168.0.7").isFor("localhost", 80, 80));
    assertTrue(bound("192.168.0.7").isFor("[::1]", 443, 443));
  }

  @Test
  void aPortOfAllAddressesIsKnownByAnyOfThemAndByNoName() {
    for (String any : new String[]{"0.0.0.0", "::"}) {
      assertTrue(bound(any).knows("172.17.0.2:9333"));
      assertTrue(bound(any).knows("[2001:db8::1]:9333"));
      assertFalse(bound(any).knows("evil.example:9333"));
    }
  }
}
