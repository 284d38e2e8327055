package hayloft.cli;

import hayloft.common.directory.FileDescriptors;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;

/// What a command says of a fault that a file caused: the exceptions of Java's for these say no more than the file's
/// name. Stateless.
public final class FileFault {

  private FileFault() {}

  /// A sentence that names the file and says what to do; for other faults their own message.
  public static String text(IOException failure) {
    IOException fault = FileDescriptors.explained(failure); // while they are in use
    return fault instanceof FileSystemException of && of.getFile() != null
        ? text(of, Path.of(of.getFile()))
        : other(fault);
  }

  /// Some of Java's say nothing, or no more than a name.
  private static String other(IOException fault) {
    String said = Optional.ofNullable(fault.getMessage()).orElse("");
    return switch (fault) {
      case UnknownHostException _ -> "there is no host " + said + " that this machine knows. See how it is written";
      case EOFException _ when said.isEmpty() -> "what was read ended too early";
      case ConnectException _ when said.isEmpty() -> "nobody answers there: the connection is refused. See whether the"
          + " server runs, and whether host and port are right";
      default -> said.isEmpty() ? "a fault of a file or of the network, of which the system says no more" : said;
    };
  }

  private static String text(FileSystemException fault, Path file) {
    return switch (fault) {
      case NoSuchFileException _ -> missing(file);
      case AccessDeniedException _ -> "this user may not use " + file
          + ". Run the command as the owner, or change the permissions of the file or of a directory above it";
      case FileAlreadyExistsException _ -> file + " is there already. Name another, or take it away first";
      case NotDirectoryException _ -> file + " is no directory. Name one";
      case DirectoryNotEmptyException _ -> file + " is not empty. Name an empty directory, or take away what is in it";
      case FileSystemException _ when fault.getReason() == null ->
        file + " cannot be used. See what it is (ls -ld), and"
            + " name another";
      default -> fault.getMessage() + ". That is what the system answered: see what its log says of the disk (dmesg),"
          + " mend that, or make room, and try again";
    };
  }

  private static String missing(Path file) {
    Path above = file.toAbsolutePath().getParent();
    return above == null || Files.isDirectory(above)
        ? "there is no " + file + ". Name one that is there"
        : "there is no directory " + above + ", so nothing can be read or made there. Make it, or name another";
  }
}
