package hayloft.s3.object;

import hayloft.filer.Catalog;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectVersion;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.Optional;

/// `HEAD /{bucket}/{key}`: what GetObject would say, without the bytes.
/// [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)
final class HeadObject implements Operation {

  private final Catalog catalog;

  HeadObject(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void begin(S3Request request) throws IOException {
    if (!request.query().has("partNumber")) {
      Optional<Lookup> lookup = catalog.findNow(request.bucket(), request.key(), request.version());
      if (lookup.isPresent()) {
        send(request, ObjectView.of(request, request.found(lookup.get()), Optional.empty()));
        return;
      }
    }
    request.fork(() -> answer(request));
  }

  @Override
  public void answer(S3Request request) throws IOException {
    ObjectVersion version = request.found(catalog.find(request.bucket(), request.key(), request.version()));
    send(request, ObjectView.read(request, version, catalog));
  }

  private static void send(S3Request request, ObjectView view) {
    if (view.status() != 304) {
      view.headers().set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(view.range().lengthBytes()));
    }
    request.reply().sendEmpty(view.status(), view.headers());
  }
}
