package hayloft.filer.rows;

/// What a row says of a version; they sort in this order within it.
public enum Facet {
  /// The version was taken away.
  ERASED((byte) 1),
  /// The version's tags were replaced.
  TAGS((byte) 2),
  /// The version's access control list was replaced.
  ACL((byte) 3),
  /// The version itself.
  VERSION((byte) 9);

  private final byte code;

  Facet(byte code) {
    this.code = code;
  }

  public byte code() {
    return code;
  }

  static Facet ofCode(byte code) {
    return switch (code) {
      case 1 -> ERASED;
      case 2 -> TAGS;
      case 3 -> ACL;
      case 9 -> VERSION;
      default -> throw new IllegalStateException("row of unknown facet " + code);
    };
  }
}
