package hayloft.filer.audit;

import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.StoreBusyException;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.body.Bodies;
import hayloft.filer.mutation.PartBody;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The needles that a row needs: its own, and those with an object's bytes. Stateless, but for what it reads lists of
/// pieces with.
public final class RowNeedles {

  private final Bodies bodies;

  public RowNeedles(Bodies bodies) {
    this.bodies = bodies;
  }

  public static FileId own(byte[] row, byte[] value) {
    return row[0] == RowKeys.ENDED_UPLOADS ? UploadEnd.read(value).needle() : RowValue.needle(value);
  }

  /// Lists of pieces lie in needles of their own, which are read.
  ///
  /// @throws CorruptNeedleException if one of them cannot be read, for whatever reason but that the disk has too much
  ///   to do
  public List<FileId> ofBody(byte[] row, byte[] value) throws IOException {
    List<Piece> pieces = List.of();
    List<FileId> needles = new ArrayList<>();
    if (row[0] == RowKeys.PARTS) {
      pieces = PartBody.read(RowValue.body(value)).pieces();
    } else if (row[0] == RowKeys.OBJECTS && new ObjectRow(row).facet() == Facet.VERSION) {
      VersionBody body = VersionBody.read(RowValue.body(value), "");
      pieces = body.pieces();
      body.partsNeedle().ifPresent(table -> needles.add(table.needle()));
    }
    try {
      bodies.collectNeedles(pieces, needles);
    } catch (CorruptNeedleException | StoreBusyException e) {
      throw e;
    } catch (IOException e) {
      var unreadable = new CorruptNeedleException(String.valueOf(e.getMessage()));
      unreadable.initCause(e);
      throw unreadable;
    }
    return needles;
  }
}
