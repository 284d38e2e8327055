package hayloft.cli.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that is worth nothing until it has its own name: it is taken away when its writing fails, and when the
/// process is ended meanwhile, by ^C for instance. Confined to who writes it.
final class HalfWritten implements AutoCloseable {

  private final Path part;
  private final Thread hook;

  private HalfWritten(Path part, Thread hook) {
    this.part = part;
    this.hook = hook;
  }

  /// @param part the name that it has until it is whole
  static HalfWritten of(Path part) {
    var hook = new Thread(() -> {
      try {
        Files.deleteIfExists(part);
      } catch (IOException e) {
        System.err.println("hayloft: " + part + " is left behind, and may be removed: " + e.getMessage());
      }
    }, "half-written");
    Runtime.getRuntime().addShutdownHook(hook);
    return new HalfWritten(part, hook);
  }

  /// What has got its own name by now is no longer there under the other.
  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) { // the process is ending: the hook runs
      return;
    }
    Files.deleteIfExists(part);
  }
}
