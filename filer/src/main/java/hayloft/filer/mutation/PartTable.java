package hayloft.filer.mutation;

import hayloft.filer.ObjectChecksum;
import hayloft.filer.Part;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The parts of a completed upload as bytes: in a field of the version's body, or as the data of a needle of its own.
///
///     part := varint(length) fields
///
/// The fields are those of a part's body but for its time, which is the object's, with its number (tag 5).
public final class PartTable {

  private static final int USUAL_PART_BYTES = 32;

  private PartTable() {}

  public static byte[] encode(List<Part> parts) {
    var table = new FieldWriter(parts.size() * USUAL_PART_BYTES);
    for (Part part : parts) {
      var fields = new FieldWriter(USUAL_PART_BYTES);
      fields.number(BodyTags.PART_COUNT, part.number());
      fields.number(BodyTags.SIZE, part.sizeBytes());
      Etags.write(fields, part.etag(), 0);
      part.checksum().ifPresent(sum -> Checksums.write(fields, sum));
      table.varint(fields.sizeBytes());
      table.append(fields);
    }
    return table.toBytes();
  }

  /// @param modified of the object
  public static List<Part> decode(byte[] bytes, Instant modified) throws MalformedMutationException {
    var table = new FieldReader(bytes);
    var parts = new ArrayList<Part>();
    while (table.remaining() > 0) {
      parts.add(part(new FieldReader(table.raw(table.length())), modified));
    }
    return parts;
  }

  private static Part part(FieldReader in, Instant modified) throws MalformedMutationException {
    int number = 0;
    long sizeBytes = 0;
    String etag = "";
    Optional<ObjectChecksum> checksum = Optional.empty();
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.PART_COUNT -> number = (int) in.number();
        case BodyTags.SIZE -> sizeBytes = in.number();
        case BodyTags.ETAG_MD5 -> etag = Etags.text(in.bytes(), 0);
        case BodyTags.ETAG_TEXT -> etag = in.text();
        case BodyTags.CHECKSUM, BodyTags.CHECKSUM_TEXT, BodyTags.FURTHER_CHECKSUM, BodyTags.FURTHER_CHECKSUM_TEXT ->
          checksum = Checksums.read(in);
        default -> {
          // a field of a newer program
        }
      }
    }
    return new Part(number, sizeBytes, etag, modified, checksum);
  }
}
