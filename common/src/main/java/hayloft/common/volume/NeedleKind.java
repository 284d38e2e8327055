package hayloft.common.volume;

/// What a needle is for. The volume keeps it in the needle's flags and attaches no other meaning to it.
public enum NeedleKind {
  /// One mutation of the catalog; its meta says which, its data may be a small object's bytes.
  COMMIT(1),
  /// A piece of a large object, or of a list of pieces; belongs to a commit needle that may come later, or never.
  CHUNK(2),
  /// A blob of a program that keeps file ids itself; the catalog knows nothing of it and never marks it dead.
  BLOB(3),
  /// The catalog's books on volumes: dead marks, states of volumes. A replay reads these before all others.
  BOOK(4),
  /// What a crash left of needles that nobody was told are there; recovery writes it over them. Never shown to anybody.
  VOID(5);

  private final int code;

  NeedleKind(int code) {
    this.code = code;
  }

  /// The number on disk.
  public int code() {
    return code;
  }

  /// @throws IllegalArgumentException if no kind has this number
  public static NeedleKind ofCode(int code) {
    return switch (code) {
      case 1 -> COMMIT;
      case 2 -> CHUNK;
      case 3 -> BLOB;
      case 4 -> BOOK;
      case 5 -> VOID;
      default -> throw new IllegalArgumentException("no needle kind has code " + code);
    };
  }
}
