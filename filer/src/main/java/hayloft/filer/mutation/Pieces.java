package hayloft.filer.mutation;

import hayloft.common.FileId;
import hayloft.filer.BodyLocation.Piece;
import java.util.ArrayList;
import java.util.List;

/// A list of pieces as bytes: in a body's field, or as the data of a needle of pieces.
///
///     piece := varint(volume * 2 + isList) varint(key) cookie(4, big-endian) varint(size)
public final class Pieces {

  private static final int USUAL_PIECE_BYTES = 16;

  private Pieces() {}

  public static byte[] encode(List<Piece> pieces) {
    var out = new FieldWriter(pieces.size() * USUAL_PIECE_BYTES);
    for (Piece piece : pieces) {
      write(out, piece);
    }
    return out.toBytes();
  }

  public static List<Piece> decode(byte[] bytes) throws MalformedMutationException {
    return decode(new FieldReader(bytes));
  }

  static List<Piece> decode(FieldReader in) throws MalformedMutationException {
    var pieces = new ArrayList<Piece>();
    while (in.remaining() > 0) {
      long volumeAndFlag = in.varint();
      long key = in.varint();
      int cookie = in.fixed32();
      long sizeBytes = in.varint();
      int volume = (int) (volumeAndFlag >>> 1);
      if (volume <= 0 || key == 0) {
        throw new MalformedMutationException("piece in volume " + volume + " under key " + key);
      }
      pieces.add(new Piece(new FileId(volume, key, cookie), sizeBytes, (volumeAndFlag & 1) != 0));
    }
    return pieces;
  }

  private static void write(FieldWriter out, Piece piece) {
    out.varint((long) piece.needle().volume() << 1 | (piece.isList() ? 1 : 0));
    out.varint(piece.needle().key());
    out.fixed32(piece.needle().cookie());
    out.varint(piece.sizeBytes());
  }
}
