package hayloft.common.directory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Makes the files and directories of a store, which nobody but their owner may use, whatever the umask allows. What is
/// there already keeps its permissions: somebody may have given them on purpose. Stateless.
public final class OwnerOnly {

  private static final boolean POSIX = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  private static final FileAttribute<?>[] DIRECTORY = attributes("rwx------");
  private static final FileAttribute<?>[] FILE = attributes("rw-------");
  private static final Set<PosixFilePermission> OF_OTHERS = Set.of(PosixFilePermission.OTHERS_READ,
      PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);

  private static final Set<PosixFilePermission> OF_OWNER = Set.of(PosixFilePermission.OWNER_READ,
      PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

  private OwnerOnly() {}

  private static FileAttribute<?>[] attributes(String permissions) {
    return POSIX
        ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
        : new FileAttribute<?>[0];
  }

  /// Makes the directory and those above it, as far as they are missing.
  public static Path directories(Path directory) throws IOException {
    return Files.createDirectories(directory, DIRECTORY);
  }

  /// Like [FileChannel#open(Path, OpenOption...)]; it matters where the options may make the file.
  public static FileChannel open(Path file, OpenOption... options) throws IOException {
    return FileChannel.open(file, Set.of(options), FILE);
  }

  /// For writing, unbuffered. Like [Files#newOutputStream].
  public static OutputStream stream(Path file, OpenOption... options) throws IOException {
    Set<OpenOption> writing = new HashSet<>(Set.of(options));
    writing.add(StandardOpenOption.WRITE);
    return Channels.newOutputStream(FileChannel.open(file, writing, FILE));
  }

  /// What the group of a file and everybody else may do with it, whatever stands above it; nothing where there are no
  /// such permissions.
  public static Set<PosixFilePermission> beyondOwner(Path file) throws IOException {
    if (!POSIX) {
      return Set.of();
    }
    Set<PosixFilePermission> permissions = new TreeSet<>(Files.getPosixFilePermissions(file));
    permissions.removeAll(OF_OWNER);
    return permissions;
  }

  /// Whether users other than the owner and the group can get at one of these: it has permissions for them, and they
  /// can pass every directory above it. False where there are no such permissions.
  ///
  /// @param paths those that are not there do not count
  public static boolean isAnyForOthers(Stream<Path> paths) throws IOException {
    for (Path path : paths.filter(Files::exists).toList()) {
      if (POSIX && isForOthers(path.toRealPath())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isForOthers(Path real) throws IOException {
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(real);
    if (permissions.stream().noneMatch(OF_OTHERS::contains)) {
      return false;
    }
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        return false;
      }
    }
    return true;
  }
}
