package hayloft.filer.audit;

/// One thing that is not as it must be.
///
/// @param needle that it is about
/// @param whose the object, upload, bucket or user, for people
public record Finding(Kind kind, NeedleAt needle, String whose) {

  /// What is wrong, and what helps.
  public enum Kind {
    /// A live needle should have a row and has none: what it tells is not seen. A rebuild of the catalog mends it.
    ROW_MISSING,
    /// A row says something else than its needle. A rebuild mends it.
    ROW_DIFFERS,
    /// A row's needle is not there: what it shows cannot be read. A rebuild takes the row away.
    ROW_WITHOUT_NEEDLE,
    /// An object refers to a chunk that is not there: part of its bytes cannot be read.
    CHUNK_MISSING,
    /// A live chunk that no object refers to and nobody waits for: it takes space and does no other harm.
    CHUNK_UNNAMED,
    /// Bytes of a volume that are no readable needle.
    DAMAGED,
    /// The newest that was known of something cannot be read: what rests on older states answers errors until it is
    /// overwritten or given up.
    TRUTH_LOST
  }
}
