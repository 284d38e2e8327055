package hayloft.filer.mutation;

/// The kinds of mutation and their numbers in needles.
public enum MutationKind {
  PUT_VERSION(1),
  SET_TAGS(2),
  ERASE_VERSION(3),
  CREATE_UPLOAD(4),
  PUT_PART(5),
  ABORT_UPLOAD(6),
  PUT_BUCKET(7),
  DELETE_BUCKET(8),
  PUT_USER(9),
  DELETE_USER(10),
  CHUNK(11),
  SET_ACL(12),
  MARK_DEAD(13),
  VOLUME_STATE(14);

  private final int code;

  MutationKind(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /// @throws MalformedMutationException if no kind has this number: the needle is of a newer program
  public static MutationKind ofCode(int code) throws MalformedMutationException {
    return switch (code) {
      case 1 -> PUT_VERSION;
      case 2 -> SET_TAGS;
      case 3 -> ERASE_VERSION;
      case 4 -> CREATE_UPLOAD;
      case 5 -> PUT_PART;
      case 6 -> ABORT_UPLOAD;
      case 7 -> PUT_BUCKET;
      case 8 -> DELETE_BUCKET;
      case 9 -> PUT_USER;
      case 10 -> DELETE_USER;
      case 11 -> CHUNK;
      case 12 -> SET_ACL;
      case 13 -> MARK_DEAD;
      case 14 -> VOLUME_STATE;
      default -> throw new MalformedMutationException("mutation of unknown kind " + code
          + ": written by a newer version of the program");
    };
  }
}
