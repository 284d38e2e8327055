package hayloft.filer.mutation;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectDraft;
import java.time.Instant;
import java.util.Optional;

/// What the needle that creates an upload and its row say of it. Immutable.
public record UploadBody(Instant initiated, ObjectDraft attributes, Optional<ChecksumAlgorithm> checksum,
    boolean composite) {

  void write(FieldWriter out, String usualOwner) {
    out.number(BodyTags.AT, initiated.toEpochMilli());
    Attributes.write(out, attributes, usualOwner);
    checksum.ifPresent(algorithm -> Checksums.writeAlgorithm(out, algorithm));
    if (composite) {
      out.number(BodyTags.COMPOSITE, 1);
    }
  }

  public static UploadBody read(FieldReader in, String usualOwner) throws MalformedMutationException {
    return read(in, usualOwner, true);
  }

  /// The same without what the client sent along for the object.
  public static UploadBody readShown(FieldReader in, String usualOwner) throws MalformedMutationException {
    return read(in, usualOwner, false);
  }

  private static UploadBody read(FieldReader in, String usualOwner, boolean all) throws MalformedMutationException {
    var attributes = new Attributes(usualOwner);
    Instant initiated = Instant.EPOCH;
    Optional<ChecksumAlgorithm> checksum = Optional.empty();
    boolean composite = false;
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT -> initiated = Instant.ofEpochMilli(in.number());
        case BodyTags.CHECKSUM_ALGORITHM, BodyTags.FURTHER_CHECKSUM_ALGORITHM -> checksum = Checksums.readAlgorithm(in);
        case BodyTags.COMPOSITE -> composite = in.number() != 0;
        case BodyTags.CONTENT_TYPE, BodyTags.HEADER, BodyTags.USER_METADATA, BodyTags.TAG, BodyTags.ACL -> {
          if (all) {
            attributes.take(in);
          }
        }
        default -> attributes.take(in);
      }
    }
    return new UploadBody(initiated, attributes.draft(), checksum, composite);
  }
}
