package hayloft.s3.request;

import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.common.http.ResponseBody;
import hayloft.s3.xml.XmlWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The answer to a request that takes long: it begins before its outcome is known, so that no client or proxy gives up.
/// First comes the declaration of a document, then white space, and then the element, which may be `Error`.
/// [CopyObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html) says so of S3.
///
/// Confined like its exchange.
final class EarlyAnswer {

  /// How long a client is left without a byte. What fails sooner has its own status.
  static final Duration QUIET = Duration.ofSeconds(5);

  private static final byte[] DECLARATION = XmlWriter.DECLARATION.getBytes(US_ASCII);
  private static final byte[] WHITE_SPACE = {'\n'};

  private final LongSupplier nanoTime;
  private long quietSinceNanos;
  private @Nullable ResponseBody body;
  private boolean ended;

  /// The work begins.
  EarlyAnswer(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.quietSinceNanos = nanoTime.getAsLong();
  }

  /// Whether the client has waited long enough for a byte.
  boolean isDue() {
    return nanoTime.getAsLong() - quietSinceNanos >= QUIET.toNanos();
  }

  boolean isOpen() {
    return body != null && !ended;
  }

  /// @throws IOException if the client is gone
  void begin(ResponseBody begun) throws IOException {
    body = begun;
    write(begun, DECLARATION);
  }

  /// @throws IOException if the client is gone
  void goOn() throws IOException {
    write(open(), WHITE_SPACE);
  }

  /// Takes the document.
  ///
  /// @throws IOException if the client is gone
  void end(ByteBuf document) throws IOException {
    ResponseBody begun = open();
    ended = true;
    begun.write(document.skipBytes(DECLARATION.length));
    begun.end();
  }

  private ResponseBody open() {
    ResponseBody begun = body;
    if (begun == null || ended) {
      throw new IllegalStateException("no answer has begun, or it has ended");
    }
    return begun;
  }

  private void write(ResponseBody begun, byte[] bytes) throws IOException {
    begun.write(Unpooled.wrappedBuffer(bytes));
    quietSinceNanos = nanoTime.getAsLong();
  }
}
