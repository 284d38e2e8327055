package hayloft.volume.http;

import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.memory.Claim;
import hayloft.common.memory.GatheredBytes;
import hayloft.common.volume.NeedleDraft;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/// A blob as a client sent it, in memory: the whole body, or the first file of a form. Whoever has it releases the bytes.
///
/// @param name empty if the client gave none
/// @param contentType empty if the client gave none
/// @param contentEncoding empty if the client gave none
record UploadedBlob(String name, String contentType, String contentEncoding, ByteBuf bytes) {

  static final int MAX_BYTES = NeedleDraft.MAX_DATA_BYTES;
  /// What a form may have around its file.
  private static final int MAX_FORM_EXTRA_BYTES = 64 << 10;

  /// The body, or its file, is longer than it may be.
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(int most) {
      super("a blob has at most " + most + " bytes here");
    }
  }

  /// A form without a file, or what is no form though it says so.
  static final class BadFormException extends IOException {
    private static final long serialVersionUID = 1L;

    BadFormException(String message) {
      super(message);
    }
  }

  static boolean isForm(HttpExchange exchange) {
    return exchange.headers().get(HttpHeaderNames.CONTENT_TYPE, "").strip().toLowerCase(Locale.ROOT)
        .startsWith("multipart/form-data");
  }

  /// Reads the body; waits for it. The caller takes the bytes.
  ///
  /// @param most bytes that the blob may have
  /// @param claim grows with them
  static UploadedBlob receive(HttpExchange exchange, int most, Claim claim) throws IOException {
    String type = exchange.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    String encoding = String.join(", ", exchange.headers().getAll(HttpHeaderNames.CONTENT_ENCODING));
    if (!isForm(exchange)) {
      return new UploadedBlob("", type.equals("application/x-www-form-urlencoded") ? "" : type, encoding,
          gather(exchange.body(), most, most, claim));
    }
    if (!encoding.isEmpty()) {
      throw new BadFormException(
          "Content-Encoding of a form is not implemented; that of its file belongs into the part");
    }
    ByteBuf form = gather(exchange.body(), most + MAX_FORM_EXTRA_BYTES, most, claim);
    try {
      FormFile file = FormFile.find(form, type);
      if (file.lengthBytes() > most) {
        throw new TooLargeException(most);
      }
      return new UploadedBlob(file.name(), file.contentType(), file.contentEncoding(),
          form.retainedSlice(file.from(), file.lengthBytes()));
    } finally {
      form.release();
    }
  }

  /// The next piece, whether or not the body came whole. Empty at the end.
  private static Optional<ByteBuf> next(RequestBody body, boolean first) throws IOException {
    ByteBuf whole = first ? body.whole() : null;
    return whole != null ? Optional.of(whole) : Optional.ofNullable(body.next());
  }

  /// @param most bytes that may come
  /// @param told as the most, to whom sends more
  private static ByteBuf gather(RequestBody body, int most, int told, Claim claim) throws IOException {
    var gathered = new GatheredBytes(claim);
    try {
      for (var piece = next(body, true); piece.isPresent(); piece = next(body, false)) {
        gathered.add(piece.get());
        if (gathered.sizeBytes() > most) {
          throw new TooLargeException(told);
        }
      }
      return gathered.take();
    } finally {
      gathered.release();
    }
  }
}
