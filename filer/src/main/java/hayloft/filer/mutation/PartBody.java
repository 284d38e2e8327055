package hayloft.filer.mutation;

import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.ObjectChecksum;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a part's needle and its row say of it. Immutable.
///
/// @param defaultSum see [hayloft.filer.Part]
/// @param pieces empty if the bytes lie in the part's needle itself
public record PartBody(Instant modified, long sizeBytes, String etag, Optional<ObjectChecksum> checksum,
    Optional<ObjectChecksum> defaultSum, List<Piece> pieces) {

  public PartBody {
    pieces = List.copyOf(pieces);
  }

  void write(FieldWriter out) {
    out.number(BodyTags.AT, modified.toEpochMilli());
    out.number(BodyTags.SIZE, sizeBytes);
    Etags.write(out, etag, 0);
    checksum.ifPresent(sum -> Checksums.write(out, sum));
    defaultSum.ifPresent(sum -> Checksums.writeDefaultSum(out, sum));
    if (!pieces.isEmpty()) {
      out.bytes(BodyTags.PIECES, Pieces.encode(pieces));
    }
  }

  public static PartBody read(FieldReader in) throws MalformedMutationException {
    Instant modified = Instant.EPOCH;
    long sizeBytes = 0;
    String etag = "";
    Optional<ObjectChecksum> checksum = Optional.empty();
    Optional<ObjectChecksum> defaultSum = Optional.empty();
    List<Piece> pieces = List.of();
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT -> modified = Instant.ofEpochMilli(in.number());
        case BodyTags.SIZE -> sizeBytes = in.number();
        case BodyTags.ETAG_MD5 -> etag = Etags.text(in.bytes(), 0);
        case BodyTags.ETAG_TEXT -> etag = in.text();
        case BodyTags.CHECKSUM, BodyTags.CHECKSUM_TEXT, BodyTags.FURTHER_CHECKSUM, BodyTags.FURTHER_CHECKSUM_TEXT ->
          checksum = Checksums.read(in);
        case BodyTags.DEFAULT_SUM -> defaultSum = Checksums.read(in);
        case BodyTags.PIECES -> pieces = Pieces.decode(in.nested());
        default -> {
          // a field of a newer program
        }
      }
    }
    return new PartBody(modified, sizeBytes, etag, checksum, defaultSum, pieces);
  }
}
