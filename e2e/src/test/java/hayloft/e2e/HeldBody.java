package hayloft.e2e;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/// The body of an upload that pauses half-way until it is told to go on. Read by one thread, steered by another.
final class HeldBody extends InputStream {
  private final ByteArrayInputStream bytes;
  private final int length;
  private final CountDownLatch half = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  HeldBody(byte[] body) {
    bytes = new ByteArrayInputStream(body);
    length = body.length;
  }

  int length() {
    return length;
  }

  /// Returns once half of the body has been taken: the client takes the first byte only after the server has said
  /// "continue".
  void awaitHalf() throws InterruptedException {
    half.await();
  }

  void goOn() {
    released.countDown();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int wanted) throws IOException {
    if (bytes.available() <= length / 2) {
      half.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted while held").initCause(e);
      }
      return bytes.read(into, offset, wanted);
    }
    return bytes.read(into, offset, Math.min(wanted, bytes.available() - length / 2));
  }
}
