package hayloft.cli.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.directory.DurableFile;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A file that is worth nothing until it has its own name: until then it is `NAME.part`, which is taken away when its
/// writing fails, and when the process is ended meanwhile, by ^C for instance. What a killed process has left of that
/// name is overwritten by the next that writes the same file. Confined to who writes it.
///
/// Of two processes that write the same file at a time the one that began first is told so when it wants to give it its
/// name: what has that name is never the half of something.
public final class HalfWritten implements AtExit.Leftover, AutoCloseable {

  /// Who may read it.
  public enum Readers {
    OWNER("rw-------"),
    /// As far as the umask allows.
    EVERYBODY("rw-r--r--");

    private final FileAttribute<?>[] attributes;

    Readers(String permissions) {
      attributes = FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
          ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
          : new FileAttribute<?>[0];
    }
  }

  private final Path file;
  private final Path part;
  private final FileChannel channel;
  private final @Nullable Object identity;
  private boolean isNamed;

  private HalfWritten(Path file, Readers readers) throws IOException {
    this.file = file;
    this.part = file.resolveSibling(file.getFileName() + ".part");
    if (!Files.isDirectory(part, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(part);
    }
    this.channel = FileChannel.open(part, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        readers.attributes);
    this.identity = identity(part);
  }

  private static @Nullable Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
  }

  /// @throws FileAlreadyExistsException if there is such a file
  public static HalfWritten ofNew(Path file, Readers readers) throws IOException {
    requireNew(file);
    return AtExit.begin(() -> new HalfWritten(file.toAbsolutePath(), readers));
  }

  private static void requireNew(Path file) throws FileAlreadyExistsException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(file.toString());
    }
  }

  /// Writes a text that everybody may read. A file that is there is kept until the new one is whole; what is no file
  /// but a pipe, say, is written to.
  public static void replace(Path file, String text) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      Files.writeString(file, text);
      return;
    }
    Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath(); // a link stays one
    try (var written = AtExit.begin(() -> new HalfWritten(real, Readers.EVERYBODY))) {
      written.stream().write(text.getBytes(UTF_8));
      written.finish();
    }
  }

  /// For writing, unbuffered. Its end is not the file's: that is [#finish].
  public OutputStream stream() {
    return new FilterOutputStream(Channels.newOutputStream(channel)) {
      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        out.write(bytes, from, count);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }

  /// Gives it its name. On return it is on the disk.
  public void finish() throws IOException {
    finish(List.of(this));
  }

  /// Gives new files that belong together their names: all of them have theirs afterwards, or none. Only a process that
  /// is killed just then can leave the first ones without the last.
  public static void finish(List<HalfWritten> together) throws IOException {
    for (HalfWritten one : together) {
      one.channel.force(true);
    }
    AtExit.unlessEnding(() -> name(together));
    for (HalfWritten one : together) {
      DurableFile.syncDirectory(Objects.requireNonNull(one.file.getParent()));
    }
  }

  private static List<HalfWritten> name(List<HalfWritten> together) throws IOException {
    List<HalfWritten> named = new ArrayList<>();
    try {
      for (HalfWritten one : together) {
        one.name();
        named.add(one);
      }
      return named;
    } catch (IOException e) {
      if (together.size() > 1) {
        for (HalfWritten one : named) {
          Files.deleteIfExists(one.file);
        }
      }
      throw e;
    }
  }

  private void name() throws IOException {
    if (!isMine()) {
      throw new IOException(file + " is not written: another process has begun to write the same file meanwhile. Let"
          + " one of them end, or name another file");
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    isNamed = true;
  }

  private boolean isMine() throws IOException {
    try {
      return Objects.equals(identity, identity(part));
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  @Override
  public Path path() {
    return part;
  }

  @Override
  public void takeAway() throws IOException {
    if (!isNamed && isMine()) {
      Files.deleteIfExists(part);
    }
  }

  /// Takes it away, unless it has its name.
  @Override
  public void close() throws IOException {
    channel.close();
    AtExit.end(this);
  }
}
