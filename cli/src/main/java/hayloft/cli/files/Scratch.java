package hayloft.cli.files;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// A file or directory that a command needs while it runs, its owner's alone: it goes with everything in it when this
/// is closed, and when the process is ended meanwhile, by ^C for instance. Confined to who made it.
public final class Scratch implements AtExit.Leftover, AutoCloseable {

  /// Somebody may still be writing into it while the process ends.
  private static final int MOST_TRIES = 20;

  private final Path path;

  private Scratch(Path path) {
    this.path = path;
  }

  /// @param parent where it is made
  public static Scratch directory(Path parent, String prefix) throws IOException {
    return AtExit.begin(() -> new Scratch(Files.createTempDirectory(parent, prefix)));
  }

  /// @param directory where it is made
  public static Scratch file(Path directory, String prefix, String suffix) throws IOException {
    return AtExit.begin(() -> new Scratch(Files.createTempFile(directory, prefix, suffix)));
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public void takeAway() throws IOException {
    for (int tries = 1; Files.exists(path); tries++) {
      try {
        deleteTree();
      } catch (DirectoryNotEmptyException | NoSuchFileException e) {
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  private void deleteTree() throws IOException {
    Files.walkFileTree(path, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException fault) throws IOException {
        if (fault != null) {
          throw fault;
        }
        Files.delete(visited);
        return FileVisitResult.CONTINUE;
      }
    });
  }

  @Override
  public void close() throws IOException {
    AtExit.end(this);
  }
}
