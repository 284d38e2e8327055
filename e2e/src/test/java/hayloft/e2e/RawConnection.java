package hayloft.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

/// A connection of a client that sends what it likes. Confined to one thread.
public final class RawConnection implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket = new Socket();

  public RawConnection(URI endpoint) throws IOException {
    socket.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), PATIENCE_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /// For what else can be done to it.
  public Socket socket() {
    return socket;
  }

  /// Sends text, a byte a letter.
  public RawConnection send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  /// Sends bytes.
  public RawConnection send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /// All that comes until the server ends the connection.
  public String rest() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
  }

  /// What one read gives: a small answer.
  String some() throws IOException {
    byte[] bytes = new byte[8 << 10];
    int count = socket.getInputStream().read(bytes);
    return new String(bytes, 0, Math.max(0, count), ISO_8859_1);
  }

  /// Ends the connection with a reset instead of an orderly end.
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
