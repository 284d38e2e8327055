package hayloft.common;

/// What an acknowledgement promises (DESIGN section 3). The response header `x-hayloft-durability` tells it to the
/// client.
public enum Durability {
  /// The ack comes after fdatasync on every replica: survives a power cut.
  FSYNC("fsync"),
  /// The ack comes after the write into the page cache: survives a process kill, not a power cut.
  OS("os");

  private final String text;

  Durability(String text) {
    this.text = text;
  }

  /// The name in flags, configuration and headers.
  public String text() {
    return text;
  }

  /// @throws IllegalArgumentException if the text names no durability; the message lists what is allowed
  public static Durability parse(String text) {
    for (Durability durability : values()) {
      if (durability.text.equals(text)) {
        return durability;
      }
    }
    throw new IllegalArgumentException("durability must be fsync or os, got " + text);
  }
}
