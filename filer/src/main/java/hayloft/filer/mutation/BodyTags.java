package hayloft.filer.mutation;

/// The numbers of all fields of bodies; one sense per number over all kinds of mutation, never used again.
final class BodyTags {

  /// Milliseconds since 1970; every body has it.
  static final int AT = 1;
  static final int SIZE = 2;
  /// 16 bytes of an MD5; the number of parts, if there are any, follows from PART_COUNT.
  static final int ETAG_MD5 = 3;
  static final int ETAG_TEXT = 4;
  static final int PART_COUNT = 5;
  static final int FLAGS = 6;
  static final int OWNER = 7;
  static final int STORAGE_CLASS = 8;
  static final int CONTENT_TYPE = 9;
  static final int HEADER = 10;
  static final int USER_METADATA = 11;
  static final int TAG = 12;
  static final int CHECKSUM = 13;
  static final int PIECES = 14;
  static final int PARTS = 15;
  static final int PARTS_NEEDLE = 16;
  static final int COMPLETED_UPLOAD = 17;
  static final int CHECKSUM_TEXT = 18;
  static final int CHECKSUM_ALGORITHM = 19;
  static final int COMPOSITE = 20;
  static final int BUCKET_NAME = 21;
  static final int BUCKET_OWNER = 22;
  static final int REGION = 23;
  static final int CREATED = 24;
  static final int VERSIONING = 25;
  static final int OBJECT_LOCK = 26;
  static final int SETTING = 27;
  static final int DELETED = 28;
  static final int DISPLAY_NAME = 29;
  static final int ACCESS_KEY = 30;
  static final int SEALED_SECRET = 31;
  static final int ADMIN = 32;
  static final int ACL = 33;
  static final int BUCKET_DURABILITY = 34;
  static final int FURTHER_KEY = 35;
  /// [#AT] of an object that is a null version; it has no [#FLAGS] then.
  static final int AT_OF_NULL_VERSION = 36;
  static final int DEAD_KEYS = 37;
  static final int VOLUME_STATE = 38;
  static final int GENERATION = 39;
  static final int LENGTH = 40;
  static final int RUNNING_CHECKSUM = 41;
  static final int RETIRED_VOLUMES = 42;
  static final int NEEDS = 43;
  /// As [#CHECKSUM], [#CHECKSUM_TEXT] and [#CHECKSUM_ALGORITHM] of algorithms that came later: whoever knows 13, 18 and
  /// 19 alone takes an unknown algorithm there for damage, and skips these. Here an unknown one is skipped.
  static final int FURTHER_CHECKSUM = 44;
  static final int FURTHER_CHECKSUM_TEXT = 45;
  static final int FURTHER_CHECKSUM_ALGORITHM = 46;
  /// Of a part, as [#FURTHER_CHECKSUM].
  static final int DEFAULT_SUM = 47;
  /// Of a user. Whoever skips it cannot open the secrets beside it.
  static final int DISABLED = 48;

  private BodyTags() {}
}
