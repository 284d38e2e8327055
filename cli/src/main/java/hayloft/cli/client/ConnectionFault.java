package hayloft.cli.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// Says in words for people why a connection did not come about. Java's own are about paths of certificates and
/// messages of a protocol. Stateless.
///
/// Where a connection ended without an answer, the port is asked once more in the other way, TLS or plain: whoever
/// wrote `http` for `https` is told.
public final class ConnectionFault {

  private static final int PATIENCE_MILLIS = 3000;

  private ConnectionFault() {}

  /// What was wrong with the encryption, with what to do; empty if it was something else.
  ///
  /// @param endpoint http or https, with the host and port that was asked
  public static Optional<String> ofEncryption(URI endpoint, Throwable fault) {
    boolean tls = "https".equals(endpoint.getScheme());
    String certificate = "the certificate of " + endpoint;
    if (cause(fault, CertificateExpiredException.class) != null) {
      return Optional.of(certificate + " has expired: renew it on the server (or set this machine's clock)");
    }
    if (cause(fault, CertificateNotYetValidException.class) != null) {
      return Optional.of(certificate + " is not valid yet: set this machine's clock, or the server's");
    }
    if (cause(fault, CertPathBuilderException.class) != null
        || cause(fault, CertPathValidatorException.class) != null) {
      return Optional.of(certificate + " is signed by nobody that is trusted here: --ca names who vouches for it (the "
          + "ca.crt of hayloft cert create, for instance)");
    }
    CertificateException other = cause(fault, CertificateException.class);
    if (other != null) {
      return Optional.of(certificate + " does not fit: " + other.getMessage());
    }
    if (cause(fault, ConnectException.class) != null || cause(fault, UnknownHostException.class) != null
        || cause(fault, SocketTimeoutException.class) != null) {
      return Optional.empty();
    }
    if (tls && speaksPlainly(endpoint)) {
      return Optional.of("what answers at " + endpoint + " does not speak TLS: write http:// instead of https://");
    }
    Optional<String> forgotten = ofForgottenTls(endpoint);
    if (forgotten.isPresent()) {
      return forgotten;
    }
    SSLException handshake = cause(fault, SSLException.class);
    return handshake == null
        ? Optional.empty()
        : Optional.of("no TLS with " + endpoint + ": " + handshake.getMessage());
  }

  /// For an answer that makes no sense: servers differ in what they say to who forgets TLS.
  public static Optional<String> ofForgottenTls(URI endpoint) {
    return "http".equals(endpoint.getScheme()) && speaksTls(endpoint)
        ? Optional.of("what answers at " + endpoint + " speaks TLS: write https:// instead of http://")
        : Optional.empty();
  }

  /// Why nobody answers, in few words.
  public static String reason(Throwable fault) {
    UnknownHostException unknown = cause(fault, UnknownHostException.class);
    if (unknown != null || cause(fault, UnresolvedAddressException.class) != null) {
      return "there is no host of that name";
    }
    if (cause(fault, SocketTimeoutException.class) != null) {
      return "nothing came in the time that an answer may take";
    }
    return fault.getMessage() != null
        ? fault.getMessage()
        : cause(fault, ConnectException.class) == null ? "the connection ended" : "Connection refused";
  }

  private static <T extends Throwable> @Nullable T cause(Throwable fault, Class<T> type) {
    for (Throwable at = fault; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
    }
    return null;
  }

  private static InetSocketAddress address(URI endpoint) {
    int usual = "https".equals(endpoint.getScheme()) ? 443 : 80;
    return new InetSocketAddress(endpoint.getHost(), endpoint.getPort() < 0 ? usual : endpoint.getPort());
  }

  /// Whether something like HTTP comes back without encryption.
  private static boolean speaksPlainly(URI endpoint) {
    try (var socket = new Socket()) {
      socket.connect(address(endpoint), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
      return new String(socket.getInputStream().readNBytes(5), US_ASCII).equals("HTTP/");
    } catch (IOException _) { // then it does not
      return false;
    }
  }

  private static boolean speaksTls(URI endpoint) {
    try (var plain = new Socket()) {
      plain.connect(address(endpoint), PATIENCE_MILLIS);
      plain.setSoTimeout(PATIENCE_MILLIS);
      try (var socket = (SSLSocket) ClientTls.trustingAnybody().context().getSocketFactory().createSocket(plain,
          endpoint.getHost(), plain.getPort(), true)) {
        socket.startHandshake();
        return true;
      }
    } catch (IOException _) { // then it does not
      return false;
    }
  }
}
