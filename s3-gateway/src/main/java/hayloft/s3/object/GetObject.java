package hayloft.s3.object;

import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.filer.BodyReader;
import hayloft.filer.Catalog;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectVersion;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Optional;

/// `GET /{bucket}/{key}`: an object's bytes, or one range of them.
/// [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
///
/// What memory holds is answered on the event loop, a small object in one write. The first piece is always read before
/// the head is sent, so that damage there is still an error and not a broken answer.
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
    if (view.range().lengthBytes() == 0) {
      request.reply().sendEmpty(view.status(), view.headers());
      return;
    }
    BodyReader reader = catalog.read(version, view.range());
    ByteBuf first = null;
    try {
      first = reader.poll();
    } finally {
      if (first == null) {
        reader.close();
      }
    }
    if (first == null) {
      request.fork(() -> stream(request, version, view));
    } else {
      send(request, reader, view, first);
    }
  }

  @Override
  public void answer(S3Request request) throws IOException {
    ObjectVersion version = request.found(catalog.find(request.bucket(), request.key(), request.version()));
    ObjectView view = ObjectView.read(request, version, catalog);
    if (view.range().lengthBytes() == 0) {
      request.reply().sendEmpty(view.status(), view.headers());
    } else {
      stream(request, version, view);
    }
  }

  /// On the fork, which always has one piece in its hand that waits for the client to take those before.
  private void stream(S3Request request, ObjectVersion version, ObjectView view) throws IOException {
    try (Claim inHand = new Claim(request.body().claims(), Claims.Kind.BUFFERS)) {
      inHand.grow(Math.min(BodyReader.PIECE_BYTES, view.range().lengthBytes()));
      BodyReader reader = catalog.read(version, view.range());
      ByteBuf first = null;
      try {
        first = reader.next();
      } finally {
        if (first == null) {
          reader.close();
        }
      }
      if (first == null) {
        throw new IllegalStateException("no piece of " + view.range());
      }
      send(request, reader, view, first);
    }
  }

  /// Takes the reader and the piece.
  private static void send(S3Request request, BodyReader reader, ObjectView view, ByteBuf first) throws IOException {
    long length = view.range().lengthBytes();
    if (first.readableBytes() == length) {
      reader.close();
      request.reply().send(view.status(), view.headers(), first);
    } else {
      request.reply().sendFrom(view.status(), view.headers(), length, first, reader);
    }
  }
}
