package hayloft.common.directory;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;

/// Faults that say which file they are of: what a channel throws says only what the system did (`Input/output error`).
/// Stateless.
public final class NamedFault {

  private NamedFault() {}

  /// A fault of a file as one that names it. Those of a type of their own stay as they are: they say more, and somebody
  /// may wait for them.
  public static IOException of(Path file, IOException fault) {
    if (fault.getClass() != IOException.class) {
      return fault;
    }
    var named = new FileSystemException(file.toString(), null, fault.getMessage());
    named.initCause(fault);
    return named;
  }

  /// What happened, without the file's name, for messages that have it already.
  public static String reason(IOException fault) {
    return String.valueOf(fault instanceof FileSystemException named
        ? Optional.ofNullable(named.getReason()).orElse(named.getMessage())
        : fault.getMessage());
  }
}
