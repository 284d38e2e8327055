package hayloft.filer.gc;

import hayloft.filer.rows.RemainsRow;
import java.io.IOException;

/// What the rows may lack, because truths are lost that may come back: damaged needles, cut files, volumes that are not there.
public interface Losses {

  Losses NONE = _ -> false;

  /// Whether something about this subject may be lost and come back. Then its killers must stay where they are seen, and no chunk that
  /// seems to be nobody's is taken from it.
  boolean mayConcern(RemainsRow.Subject subject) throws IOException;
}
