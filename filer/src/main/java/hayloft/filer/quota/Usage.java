package hayloft.filer.quota;

/// What a bucket holds.
///
/// @param bytes of all versions, and of the parts of uploads under way
/// @param objects versions that are no delete markers
public record Usage(long bytes, long objects) {

  static final Usage NOTHING = new Usage(0, 0);

  Usage plus(long moreBytes, long moreObjects) {
    return new Usage(bytes + moreBytes, objects + moreObjects);
  }
}
