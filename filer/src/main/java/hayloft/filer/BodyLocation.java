package hayloft.filer;

import hayloft.common.FileId;
import java.util.List;

/// Where an object's bytes lie. Immutable.
public sealed interface BodyLocation {

  /// In the data of the commit needle.
  record Inline(FileId needle) implements BodyLocation {}

  /// In chunks, or, when there are many, in lists of chunks.
  ///
  /// @param pieces in the order of the object's bytes
  record Chunks(FileId commit, List<Piece> pieces) implements BodyLocation {
    public Chunks {
      pieces = List.copyOf(pieces);
    }
  }

  /// @param isList the needle holds a list of further pieces instead of bytes
  /// @param sizeBytes bytes of the object that it stands for
  record Piece(FileId needle, long sizeBytes, boolean isList) {}
}
