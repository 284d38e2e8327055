package hayloft.cli;

import java.io.IOException;
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
  public static String text(IOException fault) {
    return fault instanceof FileSystemException of && of.getFile() != null
        ? text(of, Path.of(of.getFile()))
        : Optional.ofNullable(fault.getMessage()).orElseGet(fault::toString);
  }

  private static String text(FileSystemException fault, Path file) {
    return switch (fault) {
      case NoSuchFileException _ -> missing(file);
      case AccessDeniedException _ -> "this user may not use " + file
          + ". Run the command as the owner, or change the permissions of the file or of a directory above it";
      case FileAlreadyExistsException _ -> file + " is there already. Name another, or take it away first";
      case NotDirectoryException _ -> file + " is no directory. Name one";
      case DirectoryNotEmptyException _ -> file + " is not empty. Name an empty directory, or take away what is in it";
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
