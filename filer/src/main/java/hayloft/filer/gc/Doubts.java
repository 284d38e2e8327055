package hayloft.filer.gc;

import hayloft.filer.rows.RemainsRow;

/// What the rows may lack, because truths are lost that may come back: damaged needles, cut files, volumes that are not
/// there. Thread-safe.
///
/// While something that a killer may have killed is lost, the killer must stay where it is seen.
public interface Doubts {

  /// Nothing is lost.
  Doubts NONE = new Doubts() {
    @Override
    public boolean mayConcern(RemainsRow.Subject subject) {
      return false;
    }

    @Override
    public boolean mayConcernUpload(long upload) {
      return false;
    }

    @Override
    public boolean mayHideOwnerOf(long chunk) {
      return false;
    }
  };

  /// Whether a mutation of this subject may be lost. Of a bucket, given without a key: of anything in it.
  boolean mayConcern(RemainsRow.Subject subject);

  /// Whether a mutation of this upload may be lost.
  boolean mayConcernUpload(long upload);

  /// Whether a lost mutation may refer to a chunk that was written with that sequence.
  boolean mayHideOwnerOf(long chunk);
}
