package hayloft.cli.health;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.cli.client.ConnectionFault;
import hayloft.common.http.HostAndPort;
import hayloft.common.tls.ClientTls;
import java.util.Optional;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// One question to one port, over a plain socket: a probe runs every few seconds and must cost less than an HTTP client
/// takes to load. Immutable.
///
/// @param tls whom to believe to be the server, if it speaks TLS
/// @param patience for the connection, and again for the handshake and the answer
record HealthProbe(InetSocketAddress server, Optional<ClientTls> tls, Duration patience) {

  private static final int MAX_ANSWER_BYTES = 16 << 10;

  /// What the server said.
  ///
  /// @param status of HTTP
  /// @param body what it is doing, as JSON
  record Answer(int status, String body) {
    boolean isGood() {
      return status == 200;
    }

    /// Others answer 200 to every path.
    boolean isHayloft() {
      return body.equals("ok") || body.startsWith("not ready: ") || body.startsWith("{");
    }
  }

  /// @param path `/readyz` or `/healthz`
  /// @throws IOException if nobody listens there, or answers in time, or speaks HTTP
  Answer ask(String path) throws IOException {
    int patienceMillis = Math.toIntExact(patience.toMillis());
    try (Socket socket = socket()) {
      socket.connect(server, patienceMillis);
      socket.setSoTimeout(patienceMillis);
      long deadlineNanos = System.nanoTime() + patience.toNanos();
      String request = "GET " + path + " HTTP/1.1\r\nHost: " + shown() + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      Answer answer = answer(new String(answerOf(socket, deadlineNanos), UTF_8));
      if (answer.isHayloft()) {
        return answer;
      }
      throw new ProtocolException(
          tls.isEmpty() && ConnectionFault.ofForgottenTls(URI.create("http://" + shown())).isPresent()
              ? "what answers at " + shown() + " speaks TLS: give --tls-cert as the server has it"
              : "what answers at " + shown() + " (status " + answer.status() + ") is no Hayloft server");
    } catch (ProtocolException e) {
      throw e;
    } catch (SocketTimeoutException e) {
      throw new IOException("no answer from " + shown() + " within " + patience.toMillis()
          + " ms. See what the server's log says last, and whether that is its port", e);
    } catch (IOException e) {
      URI endpoint = URI.create((tls.isPresent() ? "https://" : "http://") + shown());
      Optional<String> encryption = ConnectionFault.ofEncryption(endpoint, e);
      throw new IOException(encryption.isPresent()
          ? "what answers at " + shown() + (tls.isPresent()
              ? " does not speak TLS: leave tls-cert out, as the server does"
              : " speaks TLS: give --tls-cert as the server has it")
          : "no answer from " + shown() + ": " + ConnectionFault.reason(e), e);
    }
  }

  /// What comes letter by letter must be there in time, too.
  private static byte[] answerOf(Socket socket, long deadlineNanos) throws IOException {
    var answer = new ByteArrayOutputStream();
    byte[] piece = new byte[MAX_ANSWER_BYTES];
    int count = 0;
    while (count >= 0 && answer.size() < MAX_ANSWER_BYTES) {
      answer.write(piece, 0, count);
      long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
      if (leftMillis <= 0) {
        throw new SocketTimeoutException("the answer did not end");
      }
      socket.setSoTimeout((int) leftMillis);
      count = socket.getInputStream().read(piece);
    }
    return answer.toByteArray();
  }

  private Socket socket() throws IOException {
    return tls.isPresent() ? tls.get().context().getSocketFactory().createSocket() : new Socket();
  }

  private static Answer answer(String text) throws IOException {
    int headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0 || !text.matches("(?s)HTTP/1\\.[01] \\d{3}\\D.*")) {
      throw new IOException("that is no HTTP");
    }
    return new Answer(Integer.parseInt(text, 9, 12, 10), text.substring(headEnd + 4).strip());
  }

  String shown() {
    return HostAndPort.of(server);
  }
}
