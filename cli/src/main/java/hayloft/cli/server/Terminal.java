package hayloft.cli.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether a person looks at standard error. Stateless.
public final class Terminal {

  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Terminal() {}

  /// The JDK only tells whether standard input and output are terminals, so Linux is asked about standard error itself;
  /// elsewhere the JDK's answer has to do.
  public static boolean isStandardError() {
    if (!Files.isSymbolicLink(STANDARD_ERROR)) {
      return System.console() != null && System.console().isTerminal();
    }
    try {
      String device = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
    } catch (IOException _) { // no one to greet in colour then
      return false;
    }
  }
}
