package hayloft.filer.gc;

import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.StoreBusyException;
import hayloft.filer.BodyLocation.Piece;
import java.io.IOException;

/// A list of pieces cannot be read, so it is not known what it names.
public final class UnreadableListException extends IOException {

  private static final long serialVersionUID = 1;

  private final Outcome.Reason reason;

  UnreadableListException(Piece list, IOException cause) {
    super("list of pieces in needle " + list.needle() + ": " + cause.getMessage(), cause);
    reason = switch (cause) {
      case NoSuchVolumeException _ -> Outcome.Reason.VOLUME_MISSING;
      case StoreBusyException _ -> Outcome.Reason.BUSY;
      default -> Outcome.Reason.UNREADABLE;
    };
  }

  Outcome.Reason reason() {
    return reason;
  }

  /// Nothing is wrong with it: another try may read it.
  public boolean isBusy() {
    return reason == Outcome.Reason.BUSY;
  }
}
