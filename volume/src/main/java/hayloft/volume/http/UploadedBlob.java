package hayloft.volume.http;

import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.memory.GatheredBytes;
import hayloft.common.volume.NeedleDraft;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.util.Optional;

/// A blob as a client sent it, in memory: the whole body, or the first file of a form. Whoever has it releases the bytes.
///
/// @param name empty if the client gave none
/// @param contentType empty if the client gave none
record UploadedBlob(String name, String contentType, ByteBuf bytes) {

  static final int MAX_BYTES = NeedleDraft.MAX_DATA_BYTES;
  /// What a form may have around its file.
  private static final int MAX_FORM_EXTRA_BYTES = 64 << 10;
  private static final int OFFERED_BYTES = 64 << 10;

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
    return HttpPostRequestDecoder.isMultipart(head(exchange));
  }

  /// Reads the body; waits for it. The caller takes the bytes.
  ///
  /// @param most bytes that the blob may have
  static UploadedBlob receive(HttpExchange exchange, int most) throws IOException {
    return isForm(exchange) ? receiveForm(exchange, most) : receiveRaw(exchange, most);
  }

  private static DefaultHttpRequest head(HttpExchange exchange) {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, exchange.target(), exchange.headers());
  }

  /// The next piece, whether or not the body came whole. Empty at the end.
  private static Optional<ByteBuf> next(RequestBody body, boolean first) throws IOException {
    ByteBuf whole = first ? body.whole() : null;
    return whole != null ? Optional.of(whole) : Optional.ofNullable(body.next());
  }

  private static UploadedBlob receiveRaw(HttpExchange exchange, int most) throws IOException {
    var bytes = new GatheredBytes();
    try {
      RequestBody body = exchange.body();
      for (var piece = next(body, true); piece.isPresent(); piece = next(body, false)) {
        bytes.add(piece.get());
        if (bytes.sizeBytes() > most) {
          throw new TooLargeException(most);
        }
      }
      String type = exchange.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
      return new UploadedBlob("", type.equals("application/x-www-form-urlencoded") ? "" : type, bytes.take());
    } finally {
      bytes.release();
    }
  }

  private static UploadedBlob receiveForm(HttpExchange exchange, int most) throws IOException {
    var files = new DefaultHttpDataFactory(false);
    files.setMaxLimit(MAX_BYTES);
    HttpPostRequestDecoder form = null;
    var bytes = new GatheredBytes(); // the decoder keeps each piece that it is offered as one of its own
    try {
      form = new HttpPostRequestDecoder(files, head(exchange));
      long received = 0;
      RequestBody body = exchange.body();
      for (var piece = next(body, true); piece.isPresent(); piece = next(body, false)) {
        received += piece.get().readableBytes();
        bytes.add(piece.get());
        if (received > most + MAX_FORM_EXTRA_BYTES) {
          throw new TooLargeException(most);
        }
        if (bytes.sizeBytes() >= OFFERED_BYTES) {
          offer(bytes, form);
        }
      }
      offer(bytes, form);
      form.offer(LastHttpContent.EMPTY_LAST_CONTENT);
      return file(form, most);
    } catch (HttpPostRequestDecoder.ErrorDataDecoderException | HttpPostRequestDecoder.TooManyFormFieldsException
        | HttpPostRequestDecoder.TooLongFormFieldException e) {
      throw new BadFormException("not a form: " + e.getMessage());
    } finally {
      bytes.release();
      if (form != null) {
        form.destroy();
      }
    }
  }

  private static void offer(GatheredBytes bytes, HttpPostRequestDecoder form) {
    var content = new DefaultHttpContent(bytes.take());
    try {
      form.offer(content);
    } finally {
      content.release();
    }
  }

  private static UploadedBlob file(HttpPostRequestDecoder form, int most) throws IOException {
    for (InterfaceHttpData part : form.getBodyHttpDatas()) {
      if (part instanceof FileUpload file && file.isCompleted()) {
        if (file.length() > most) {
          throw new TooLargeException(most);
        }
        return new UploadedBlob(Optional.ofNullable(file.getFilename()).orElse(""),
            Optional.ofNullable(file.getContentType()).orElse(""), file.getByteBuf().retainedSlice());
      }
    }
    throw new BadFormException("the form has no file");
  }
}
