package hayloft.volume.needle;

import java.io.IOException;

/// A file is whole and of a format that this program does not know: a newer one wrote it. Whoever opens it refuses it
/// and changes nothing of it; it is never damage. The message names the file and says what to do.
public final class NewerFormatException extends IOException {

  private static final long serialVersionUID = 1L;

  /// @param where the file, and where in it
  /// @param what is not known
  public NewerFormatException(String where, String what) {
    super(where + ": " + what
        + ". A newer Hayloft wrote this; nothing was changed. Start the newer program, or put back a copy that this "
        + "one knows");
  }
}
