package hayloft.s3.durability;

import hayloft.common.Durability;
import hayloft.common.http.HeaderLines;
import hayloft.filer.Catalog;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.S3Request;
import java.io.IOException;
import java.util.Optional;

/// How requests say what durability a bucket is to have.
public final class BucketDurability {

  private static final String HEADER = "x-hayloft-durability";

  private BucketDurability() {}

  /// What a CreateBucket's header asks for; empty if it has none.
  ///
  /// @throws S3Exception InvalidArgument
  public static Optional<Durability> asked(S3Request request) {
    return Optional.ofNullable(HeaderLines.joined(request.headers(), HEADER)).map(text -> parse(text, HEADER));
  }

  static Durability parse(String text, String argument) {
    for (Durability durability : Durability.values()) {
      if (durability.text().equals(text)) {
        return durability;
      }
    }
    throw new S3Exception(
        new S3Error.InvalidArgument("The durability of a bucket must be fsync or os", argument, text));
  }

  /// Changes the request's bucket.
  ///
  /// @throws S3Exception NoSuchBucket if it is gone meanwhile
  static void store(Catalog catalog, S3Request request, Optional<Durability> durability) throws IOException {
    request.changeBucket(catalog, bucket -> bucket.withDurability(durability));
  }
}
