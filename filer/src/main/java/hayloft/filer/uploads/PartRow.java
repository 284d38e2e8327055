package hayloft.filer.uploads;

import hayloft.common.FileId;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.Part;
import hayloft.filer.mutation.PartBody;
import java.util.List;

/// The newest part with its number. Immutable.
record PartRow(int number, FileId needle, PartBody body) {

  Part part() {
    return new Part(number, body.sizeBytes(), body.etag(), body.modified(), body.checksum(),
        body.defaultSum());
  }

  /// Where its bytes lie: in chunks, or in its own commit needle.
  List<Piece> pieces() {
    if (body.sizeBytes() == 0) {
      return List.of();
    }
    return body.pieces().isEmpty() ? List.of(new Piece(needle, body.sizeBytes(), false)) : body.pieces();
  }
}
