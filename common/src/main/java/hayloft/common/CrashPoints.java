package hayloft.common;

import java.util.concurrent.atomic.AtomicLong;

/// Named places in the durable path at which a test can kill the process: `-Dhayloft.crashAt=NAME` halts it the first
/// time that NAME is passed, `NAME:n` the n-th time. Without the property a pass costs one comparison. Thread-safe.
///
/// A halt runs no shutdown hooks and flushes nothing: to the files it is a `kill -9` at exactly that place.
public final class CrashPoints {

  /// The exit code of a process that died here, as a shell shows it for SIGKILL.
  public static final int EXIT_CODE = 137;

  private static final String ARMED = nameOf(System.getProperty("hayloft.crashAt", ""));
  private static final AtomicLong PASSES_LEFT = new AtomicLong(passesOf(System.getProperty("hayloft.crashAt", "")));

  private CrashPoints() {}

  /// Halts the process if this is the armed place and its time has come.
  public static void pass(String name) {
    if (!ARMED.isEmpty() && ARMED.equals(name) && PASSES_LEFT.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }

  private static String nameOf(String property) {
    int colon = property.lastIndexOf(':');
    return colon < 0 ? property : property.substring(0, colon);
  }

  private static long passesOf(String property) {
    int colon = property.lastIndexOf(':');
    return colon < 0 ? 1 : Long.parseLong(property.substring(colon + 1));
  }
}
