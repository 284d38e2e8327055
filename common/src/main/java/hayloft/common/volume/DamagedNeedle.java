package hayloft.common.volume;

import java.util.Optional;

/// A needle that was acknowledged once, is not marked dead, and cannot be read: head or meta do not match their sums,
/// the disk gives an error, the file ends before it, or its meta makes no sense. What is known of it comes from the
/// index log. Immutable.
///
/// @param at where it lies
/// @param key 0 if not even the index log knows what lay there; then kind is empty and the numbers are 0
/// @param sequence of the commit; 0 in a blob
/// @param subjectHash [SubjectHash] of what it was about; [SubjectHash#NONE] if that is not known: needles of level 1
///   say nothing of it
/// @param what is wrong: file, offset, expected and found
public record DamagedNeedle(VolumePosition at, long lengthBytes, long key, Optional<NeedleKind> kind, long sequence,
    long subjectHash, String what) {

  /// Bytes that no index knows.
  public static DamagedNeedle nameless(VolumePosition at, long lengthBytes, String what) {
    return new DamagedNeedle(at, lengthBytes, 0, Optional.empty(), 0, SubjectHash.NONE, what);
  }
}
