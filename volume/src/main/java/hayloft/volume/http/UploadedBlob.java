package hayloft.volume.http;

import hayloft.common.form.FormParts;
import hayloft.common.form.MalformedFormException;
import hayloft.common.form.PartHead;
import hayloft.common.http.HeaderLines;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.RequestBody;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.memory.GatheredBytes;
import hayloft.common.volume.NeedleDraft;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/// A blob as a client sent it, in memory: the whole body, or the first file of a form. Whoever has it releases the
/// bytes.
///
/// @param name empty if the client gave none
/// @param contentType empty if the client gave none
/// @param contentEncoding empty if the client gave none
/// @param contentMd5 of the form's part, if it is a form's
record UploadedBlob(String name, String contentType, String contentEncoding, Optional<String> contentMd5,
    ByteBuf bytes) {

  static final int MAX_BYTES = NeedleDraft.MAX_DATA_BYTES;
  /// What a form may have around its file.
  static final int MAX_FORM_EXTRA_BYTES = 64 << 10;

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
    String encoding = HeaderLines.list(exchange.headers(), HttpHeaderNames.CONTENT_ENCODING);
    if (!isForm(exchange)) {
      return new UploadedBlob("", type.equals("application/x-www-form-urlencoded") ? "" : type, encoding,
          Optional.empty(), gather(exchange.body(), most, claim));
    }
    if (!encoding.isEmpty()) {
      throw new BadFormException(
          "Content-Encoding of a form is not implemented; that of its file belongs into the part");
    }
    String boundary = FormParts.boundary(type)
        .orElseThrow(() -> new BadFormException("not a form: its type has no boundary of at most "
            + FormParts.MAX_BOUNDARY_CHARACTERS + " letters"));
    var body = new BoundedBody(exchange.body(), most + MAX_FORM_EXTRA_BYTES);
    try (Claim heads = new Claim(body.claims(), Claims.Kind.HEAP);
        FormParts parts = new FormParts(body, boundary, heads)) {
      for (PartHead part = parts.next(); part != null; part = parts.next()) {
        if (part.fileName().isPresent()) {
          return file(part, body, parts, most, claim);
        }
      }
      throw new BadFormException("the form has no file");
    } catch (MalformedFormException e) {
      throw new BadFormException("not a form: " + e.getMessage());
    } catch (BoundedBody.ExceededException _) { // said in blobs
      throw new TooLargeException(most);
    }
  }

  /// The first file of a form. What follows it is read, for the next request's sake, and not kept.
  private static UploadedBlob file(PartHead part, BoundedBody body, FormParts parts, int most, Claim claim)
      throws IOException {
    requireHeaderText("content-type", part.contentType());
    requireHeaderText("content-encoding", part.contentEncoding());
    var gathered = new GatheredBytes(claim);
    try {
      for (ByteBuf piece = parts.content(); piece != null; piece = parts.content()) {
        claimNeighbours(piece, body.lastPieceBytes(), claim);
        gathered.add(piece);
        if (gathered.sizeBytes() > most) {
          throw new TooLargeException(most);
        }
      }
      for (ByteBuf rest = body.next(); rest != null; rest = body.next()) {
        rest.release();
      }
      String path = part.fileName().orElse("");
      return new UploadedBlob(path.substring(path.lastIndexOf('/') + 1), part.contentType(), part.contentEncoding(),
          part.contentMd5(), gathered.take());
    } finally {
      gathered.release();
    }
  }

  /// A part of a piece keeps the whole piece, with the text that stood around the file.
  private static void claimNeighbours(ByteBuf part, int pieceBytes, Claim claim) throws IOException {
    boolean claimed = false;
    try {
      claim.grow(Math.max(0, pieceBytes - part.readableBytes()));
      claimed = true;
    } finally {
      if (!claimed) {
        part.release();
      }
    }
  }

  private static void requireHeaderText(String name, String value) throws BadFormException {
    if (!value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new BadFormException("not a form: its " + name + " has letters that no header may have");
    }
  }

  /// The next piece, whether or not the body came whole. Empty at the end.
  private static Optional<ByteBuf> next(RequestBody body, boolean first) throws IOException {
    ByteBuf whole = first ? body.whole() : null;
    return whole != null ? Optional.of(whole) : Optional.ofNullable(body.next());
  }

  /// @param most bytes that may come
  private static ByteBuf gather(RequestBody body, int most, Claim claim) throws IOException {
    var gathered = new GatheredBytes(claim);
    try {
      for (var piece = next(body, true); piece.isPresent(); piece = next(body, false)) {
        gathered.add(piece.get());
        if (gathered.sizeBytes() > most) {
          throw new TooLargeException(most);
        }
      }
      return gathered.take();
    } finally {
      gathered.release();
    }
  }
}
