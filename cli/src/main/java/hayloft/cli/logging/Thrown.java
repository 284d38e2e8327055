package hayloft.cli.logging;

import hayloft.common.log.LogText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// What the log says of something that was thrown with an event. A fault of the world outside is an [IOException] whose
/// message names the file, the place and what was found there: its line ends in that. Everything else is a bug, or says
/// too little, and brings its stack trace. Stateless.
final class Thrown {

  private Thrown() {}

  /// The message of a fault, on one line; empty if the stack trace has to be shown.
  static Optional<String> reason(Throwable thrown) {
    return unwrapped(thrown) instanceof IOException fault && !hasBug(fault)
        ? Optional.ofNullable(words(fault)).map(words -> words.replaceAll("\\s+", " "))
        : Optional.empty();
  }

  private static @Nullable Throwable unwrapped(Throwable thrown) {
    return switch (thrown) {
      case UncheckedIOException outer -> outer.getCause();
      case CompletionException outer -> outer.getCause();
      case ExecutionException outer -> outer.getCause();
      default -> thrown;
    };
  }

  private static boolean hasBug(IOException fault) {
    for (Throwable cause = fault.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof Error || cause instanceof RuntimeException && !(cause instanceof UncheckedIOException)) {
        return true;
      }
    }
    return false;
  }

  /// Java tells of some of a file's faults its name only.
  private static @Nullable String words(IOException fault) {
    return switch (fault) {
      case NoSuchFileException missing -> missing.getFile() + " is not there";
      case AccessDeniedException denied -> denied.getFile() + " may not be used: permission denied";
      case FileSystemException other when other.getReason() == null -> null;
      default -> fault.getMessage();
    };
  }

  static String trace(Throwable thrown) {
    var trace = new StringBuilder();
    tell(thrown, "", trace, Collections.newSetFromMap(new IdentityHashMap<>()));
    return trace.toString();
  }

  /// As [Throwable#printStackTrace()] does, but for the messages: they may be what a client sent, and stay on their
  /// lines.
  private static void tell(Throwable thrown, String title, StringBuilder trace, Set<Throwable> told) {
    trace.append(title).append(LogText.sentence(thrown.toString(), LogText.MOST_REASON_CHARS)).append('\n');
    if (!told.add(thrown)) {
      return; // a circle
    }
    for (StackTraceElement frame : thrown.getStackTrace()) {
      trace.append("\tat ").append(frame).append('\n');
    }
    for (Throwable suppressed : thrown.getSuppressed()) {
      tell(suppressed, "Suppressed: ", trace, told);
    }
    Throwable cause = thrown.getCause();
    if (cause != null) {
      tell(cause, "Caused by: ", trace, told);
    }
  }
}
