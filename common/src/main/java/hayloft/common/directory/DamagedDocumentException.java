package hayloft.common.directory;

import java.io.IOException;

/// A small file does not say what was written to it. The message names the file, what was expected and what was found;
/// who knows what the file is for adds what to do.
public final class DamagedDocumentException extends IOException {

  private static final long serialVersionUID = 1L;

  /// Also for a document whose sum fits and whose fields do not.
  ///
  /// @param found what is wrong with it, as in "its checksum says 1, what it contains gives 2"
  public DamagedDocumentException(String where, String found) {
    super(where + " is damaged: " + found);
  }

  private DamagedDocumentException(DamagedDocumentException cause, String remedy) {
    super(cause.getMessage() + ". " + remedy, cause);
  }

  /// The same with a sentence on what to do now.
  public DamagedDocumentException with(String remedy) {
    return new DamagedDocumentException(this, remedy);
  }
}
