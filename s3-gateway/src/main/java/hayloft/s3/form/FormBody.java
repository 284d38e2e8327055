package hayloft.s3.form;

import hayloft.common.http.RequestBody;
import hayloft.common.memory.Claims;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.request.Payload;
import hayloft.s3.request.S3Request;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The body of a form whose request says something of it in its head: a hash that the signature covers, a digest, a
/// checksum. Confined to one virtual thread.
final class FormBody implements RequestBody, AutoCloseable {

  private final Payload payload;

  private FormBody(Payload payload) {
    this.payload = payload;
  }

  /// Empty if there is nothing to hold the body against, as with browsers.
  ///
  /// @throws hayloft.s3.error.S3Exception if what the head says of the body is invalid
  static Optional<FormBody> of(S3Request request) {
    return saysSomething(request.headers())
        ? Optional.of(new FormBody(request.openPayload(Optional.empty())))
        : Optional.empty();
  }

  private static boolean saysSomething(HttpHeaders headers) {
    return headers.contains("x-amz-content-sha256") || headers.contains("content-md5")
        || headers.contains("x-amz-trailer") || headers.names().stream().anyMatch(ChecksumNames::isValue);
  }

  @Override
  public Claims claims() {
    return payload.claims();
  }

  @Override
  public long declaredBytes() {
    return payload.decodedBytes();
  }

  @Override
  public boolean isHere() {
    return false;
  }

  @Override
  public @Nullable ByteBuf whole() {
    return null;
  }

  @Override
  public @Nullable ByteBuf next() throws IOException {
    return payload.next();
  }

  /// Reads what follows the file, and judges the whole.
  ///
  /// @throws hayloft.s3.error.S3Exception as [Payload#finish] says
  void verify() throws IOException {
    for (ByteBuf rest = payload.next(); rest != null; rest = payload.next()) {
      rest.release();
    }
    payload.finish();
  }

  @Override
  public void close() {
    payload.close();
  }
}
