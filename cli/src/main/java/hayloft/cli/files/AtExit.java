package hayloft.cli.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/// What is taken away when the process is ended from outside, by ^C for instance. Thread-safe: what is made, gets its
/// name or is taken away is so under one lock, and the end of the process does not come in between. Who comes later
/// waits for that end, having nothing to say any more.
final class AtExit {

  private static final Set<Leftover> LEFT = new LinkedHashSet<>(); // guarded by the class
  private static boolean isEnding = !isHooked(); // guarded by the class

  private AtExit() {}

  /// Something on a disk.
  interface Leftover {
    Path path();

    void takeAway() throws IOException;
  }

  /// @param <T> what comes of it
  interface Step<T> {
    T take() throws IOException;
  }

  private static boolean isHooked() {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(AtExit::takeAllAway, "half-written"));
      return true;
    } catch (IllegalStateException _) { // it is ending
      return false;
    }
  }

  private static synchronized void takeAllAway() {
    isEnding = true;
    for (Leftover leftover : LEFT) {
      try {
        leftover.takeAway();
      } catch (IOException e) {
        System.err.println(
            "hayloft: " + leftover.path() + " is left behind, and may be removed: " + e.getMessage());
      }
    }
  }

  /// Makes something that is taken away in the end.
  static <T extends Leftover> T begin(Step<T> making) throws IOException {
    return unlessEnding(() -> {
      T made = making.take();
      LEFT.add(made);
      return made;
    });
  }

  /// Does something that is to be done wholly, or not at all.
  static <T> T unlessEnding(Step<T> step) throws IOException {
    synchronized (AtExit.class) {
      if (!isEnding) {
        return step.take();
      }
    }
    try {
      Thread.currentThread().join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    throw new IOException("the process is ending");
  }

  /// Takes it away now, unless that has been done.
  static synchronized void end(Leftover leftover) throws IOException {
    if (LEFT.remove(leftover)) {
      leftover.takeAway();
    }
  }
}
