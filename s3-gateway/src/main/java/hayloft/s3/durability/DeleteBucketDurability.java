package hayloft.s3.durability;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import java.io.IOException;
import java.util.Optional;

/// `DELETE /{bucket}?hayloft-durability`: the bucket goes by the server's durability again.
final class DeleteBucketDurability implements Operation {

  private final Catalog catalog;

  DeleteBucketDurability(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    BucketDurability.store(catalog, request, Optional.empty());
    request.reply().sendEmpty(204, request.reply().headers(Durability.FSYNC));
  }
}
