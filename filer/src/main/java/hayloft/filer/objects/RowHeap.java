package hayloft.filer.objects;

import hayloft.filer.ListedUpload;
import hayloft.filer.ListedVersion;

/// What the rows of a page keep on the heap, in bytes; never less than they do. Stateless.
///
/// By the layout of a 64-bit JVM without compressed references: heads of 16 bytes, references of 8. Lists grow by half,
/// and while they do the old array is there as well.
public final class RowHeap {

  /// A place in a growing list: 8 bytes, twice of it while it is copied, and half of it again in advance.
  private static final int SLOT_BYTES = 24;
  /// A string, and its array without the letters.
  private static final int STRING_BYTES = 56;
  /// Of [java.time.Instant].
  private static final int INSTANT_BYTES = 32;
  /// The most that rows here have of fields, their heads included, and of entries around them.
  private static final int RECORD_BYTES = 128;

  private RowHeap() {}

  /// @param keyBytes of its key in UTF-8, or more
  public static long of(ListedVersion version, int keyBytes, String bucketOwner) {
    return SLOT_BYTES + RECORD_BYTES + INSTANT_BYTES + encoded(version.key(), keyBytes) + ascii(version.etag())
        + owner(version.ownerId(), bucketOwner) + text(version.storageClass());
  }

  public static long of(ListedUpload upload, String bucketOwner) {
    return SLOT_BYTES + RECORD_BYTES + INSTANT_BYTES + text(upload.key()) + text(upload.uploadId())
        + owner(upload.ownerId(), bucketOwner) + text(upload.storageClass());
  }

  /// Of a delete marker.
  static long ofMarker(String key, String versionId) {
    return SLOT_BYTES + RECORD_BYTES + INSTANT_BYTES + text(key) + text(versionId);
  }

  public static long ofPrefix(String commonPrefix) {
    return SLOT_BYTES + text(commonPrefix);
  }

  /// The bucket's owner is one string for all rows.
  @SuppressWarnings("StringEquality") // what is kept is a question of identity
  private static long owner(String ownerId, String bucketOwner) {
    return ownerId == bucketOwner ? 0 : text(ownerId);
  }

  private static long ascii(String text) {
    return STRING_BYTES + text.length();
  }

  /// Without a look at the letters where all are ASCII: at a page's keys it would take longer than anything else here.
  private static long encoded(String text, int utf8Bytes) {
    return utf8Bytes == text.length() ? ascii(text) : text(text);
  }

  /// One byte a letter, or two if one of them takes two.
  private static long text(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) > 0xff) {
        return STRING_BYTES + 2L * length;
      }
    }
    return STRING_BYTES + length;
  }
}
