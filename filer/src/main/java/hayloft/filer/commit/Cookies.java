package hayloft.filer.commit;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/// Cookies of needles from a cryptographic generator, drawn many at a time. Thread-safe.
final class Cookies {

  private static final int DRAWN_BYTES = 4096;

  private final SecureRandom random = new SecureRandom();
  private final ByteBuffer drawn = ByteBuffer.allocate(DRAWN_BYTES).limit(0);

  synchronized int next() {
    if (!drawn.hasRemaining()) {
      random.nextBytes(drawn.array());
      drawn.clear();
    }
    return drawn.getInt();
  }
}
