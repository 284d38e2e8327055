package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLSocket;

/// A client that sends exactly the bytes it is given.
final class RawClient implements AutoCloseable {

  record Answer(int status, Map<String, String> headers, byte[] body) {
    String text() {
      return new String(body, ISO_8859_1);
    }
  }

  private static final int PATIENCE_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  RawClient(InetSocketAddress address) throws IOException {
    this(connected(new Socket(), address));
  }

  /// One whose kernel takes little for it.
  static RawClient ofLittleRoom(InetSocketAddress address) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(4 << 10);
    return new RawClient(connected(socket, address));
  }

  /// Takes the socket. One with TLS makes its handshake now.
  RawClient(Socket connected) throws IOException {
    socket = connected;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
    out = socket.getOutputStream();
    if (socket instanceof SSLSocket encrypted) {
      encrypted.startHandshake();
    }
  }

  private static Socket connected(Socket socket, InetSocketAddress address) throws IOException {
    socket.connect(address, PATIENCE_MILLIS);
    return socket;
  }

  Socket socket() {
    return socket;
  }

  RawClient send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  Answer get(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").answer();
  }

  Answer answer() throws IOException {
    return answer(true);
  }

  /// @param hasBody false for an answer to HEAD
  Answer answer(boolean hasBody) throws IOException {
    String statusLine = line();
    Map<String, String> headers = new HashMap<>();
    String line;
    while (!(line = line()).isEmpty()) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int status = Integer.parseInt(statusLine, 9, 12, 10);
    byte[] body = new byte[0];
    if (hasBody && status >= 200 && status != 204 && status != 304) {
      if ("chunked".equals(headers.get("transfer-encoding"))) {
        body = chunked();
      } else if (headers.containsKey("content-length")) {
        body = in.readNBytes(Integer.parseInt(headers.get("content-length")));
      } else {
        body = in.readAllBytes();
      }
    }
    return new Answer(status, headers, body);
  }

  private byte[] chunked() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int size;
    while ((size = Integer.parseInt(line(), 16)) > 0) {
      body.writeBytes(in.readNBytes(size));
      if (!line().isEmpty()) {
        throw new IOException("no end of line after a chunk");
      }
    }
    line();
    return body.toByteArray();
  }

  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int c;
    while ((c = in.read()) != '\n') {
      if (c < 0) {
        throw new EOFException("connection ended within a line: " + line);
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  InputStream in() {
    return in;
  }

  /// Waits for the server to end the connection; false if it sends a byte instead, or nothing for as long as a client
  /// has patience.
  boolean isEnded() {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true; // a reset ends it too
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
