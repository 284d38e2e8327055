package hayloft.common.log;

/// What a client sent, as a log keeps it: without credentials and of bounded length, since whoever may send a request
/// chooses how long its headers are. Immutable. How it is escaped is for whoever writes the line.
///
/// @param text cut at [#MOST_CHARS] before its credentials were masked
/// @param isCut there was more of it
public record ClientText(String text, boolean isCut) {

  /// Longer than any key, and than what clients say in earnest.
  public static final int MOST_CHARS = 2048;
  /// Stands behind a text that was cut.
  public static final String CUT = "…";

  public static final ClientText NONE = new ClientText("", false);

  public static ClientText of(String sent) {
    if (sent.isEmpty()) {
      return NONE;
    }
    if (sent.length() <= MOST_CHARS) {
      return new ClientText(CredentialMask.over(sent), false);
    }
    int end = Character.isHighSurrogate(sent.charAt(MOST_CHARS - 1)) ? MOST_CHARS - 1 : MOST_CHARS;
    return new ClientText(CredentialMask.over(sent.substring(0, end)), true);
  }

  public boolean isEmpty() {
    return text.isEmpty() && !isCut;
  }

  /// Of the heap, at most.
  public long bytes() {
    return 2L * text.length();
  }

  /// With [#CUT] behind it if it was cut.
  @Override
  public String toString() {
    return isCut ? text + CUT : text;
  }
}
