package hayloft.filer.mutation;

/// What a version is.
public enum VersionKind {
  /// Something that can be read.
  OBJECT(0),
  /// What a delete leaves in a versioned bucket.
  DELETE_MARKER(1),
  /// What a delete leaves in an unversioned bucket: a null version that hides the older ones and is itself invisible.
  TOMBSTONE(2);

  private final int code;

  VersionKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static VersionKind ofCode(int code) throws MalformedMutationException {
    return switch (code) {
      case 0 -> OBJECT;
      case 1 -> DELETE_MARKER;
      case 2 -> TOMBSTONE;
      default -> throw new MalformedMutationException("version of unknown kind " + code);
    };
  }
}
