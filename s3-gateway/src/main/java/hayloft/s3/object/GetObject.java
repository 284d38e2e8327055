package hayloft.s3.object;

import hayloft.common.http.ResponseBody;
import hayloft.filer.BodyReader;
import hayloft.filer.Catalog;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// `GET /{bucket}/{key}`: an object's bytes, or one range of them.
/// [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
///
/// What memory holds is answered on the event loop in one write. Otherwise the first piece is read before the head is sent,
/// so that damage there is still an error and not a broken answer.
final class GetObject implements Operation {

  private final Catalog catalog;

  GetObject(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void begin(S3Request request) throws IOException {
    if (request.query().has("partNumber")) {
      request.fork(() -> answer(request));
      return;
    }
    Optional<Lookup> lookup = catalog.findNow(request.bucket(), request.key(), request.version());
    if (lookup.isEmpty()) {
      request.fork(() -> answer(request));
      return;
    }
    ObjectVersion version = request.found(lookup.get());
    ObjectView view = ObjectView.of(request, version, Optional.empty());
    Optional<ByteBuf> bytes = bytesNow(version, view);
    if (bytes.isPresent()) {
      request.reply().send(view.status(), view.headers(), bytes.get());
    } else {
      request.fork(() -> stream(request, version, view));
    }
  }

  @Override
  public void answer(S3Request request) throws IOException {
    ObjectVersion version = request.found(catalog.find(request.bucket(), request.key(), request.version()));
    Optional<List<Part>> parts = request.query().has("partNumber")
        ? Optional.of(catalog.parts(version))
        : Optional.empty();
    stream(request, version, ObjectView.of(request, version, parts));
  }

  private Optional<ByteBuf> bytesNow(ObjectVersion version, ObjectView view) throws IOException {
    if (view.range().lengthBytes() == 0) {
      return Optional.of(Unpooled.EMPTY_BUFFER);
    }
    return view.range().lengthBytes() <= BodyReader.PIECE_BYTES
        ? catalog.readNow(version, view.range())
        : Optional.empty();
  }

  private void stream(S3Request request, ObjectVersion version, ObjectView view) throws IOException {
    long length = view.range().lengthBytes();
    if (length == 0) {
      request.reply().sendEmpty(view.status(), view.headers());
      return;
    }
    try (BodyReader reader = catalog.read(version, view.range())) {
      ByteBuf piece = reader.next();
      if (piece != null && piece.readableBytes() == length) {
        request.reply().send(view.status(), view.headers(), piece);
        return;
      }
      ResponseBody body;
      try {
        body = request.reply().sendInPieces(view.status(), view.headers(), length);
      } catch (IOException e) {
        ReferenceCountUtil.release(piece);
        throw e;
      }
      for (; piece != null; piece = reader.next()) {
        body.write(piece);
      }
      body.end();
    }
  }
}
