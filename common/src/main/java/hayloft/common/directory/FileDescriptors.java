package hayloft.common.directory;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.OptionalLong;

/// Whether the process has about as many files open as it may: the one place where that is decided. Thread-safe.
///
/// Java tells EMFILE from other faults by a text only, so the descriptors themselves are counted when something could
/// not be opened. Counting takes a descriptor itself: where it worked before and works no more, none is left. Who has
/// the kernel's own number need not ask here.
///
/// **Kept back.** The catalog's key store cannot go on without a table file that it wants to open, and nobody can ask
/// it to wait. So the last descriptors are its own: volumes and connections do not use them.
public final class FileDescriptors {

  /// What failed may have had some open and have given them back since.
  private static final long SLACK = 32;
  private static final Optional<UnixOperatingSystemMXBean> SYSTEM = ManagementFactory
      .getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix && count(unix).isPresent()
          ? Optional.of(unix)
          : Optional.empty();

  private static final int KEPT_FRACTION = 4;
  private static final int MOST_KEPT = 320;
  /// Of those that are kept, for what the key store opens beside its tables.
  private static final int KEPT_FOR_OTHERS = 32;

  private FileDescriptors() {}

  /// How many the process may have open; empty if the system does not tell.
  public static OptionalLong limit() {
    return SYSTEM.isPresent() ? OptionalLong.of(SYSTEM.get().getMaxFileDescriptorCount()) : OptionalLong.empty();
  }

  /// How many may still be opened without those that are kept back; empty if the system does not tell.
  public static OptionalLong free() {
    if (SYSTEM.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong open = count(SYSTEM.get());
    long limit = SYSTEM.get().getMaxFileDescriptorCount();
    return OptionalLong.of(open.isPresent() ? limit - kept(limit) - open.getAsLong() : 0);
  }

  /// Whether a descriptor that was just opened is one of those that are kept back: a new one has the lowest number that
  /// is free, so as many as its number says are open.
  public static boolean isKept(int descriptor) {
    OptionalLong limit = limit();
    return limit.isPresent() && descriptor >= limit.getAsLong() - kept(limit.getAsLong());
  }

  /// How many table files the catalog's key store may have open; they fit into what is kept back.
  public static int keyStoreFiles() {
    return keyStoreFiles(limit().orElse(Long.MAX_VALUE));
  }

  static int keyStoreFiles(long limit) {
    return (int) Math.max(KEPT_FOR_OTHERS / 2, kept(limit) - KEPT_FOR_OTHERS);
  }

  static long kept(long limit) {
    return Math.min(limit / KEPT_FRACTION, MOST_KEPT);
  }

  private static OptionalLong count(UnixOperatingSystemMXBean system) {
    try {
      long open = system.getOpenFileDescriptorCount();
      return open < 0 ? OptionalLong.empty() : OptionalLong.of(open);
    } catch (InternalError _) { // the directory of descriptors could not be opened
      return OptionalLong.empty();
    }
  }

  /// The failure itself, or, if descriptors are short, one that says so.
  public static IOException explained(IOException failure) {
    if (SYSTEM.isEmpty() || failure instanceof TooFewDescriptorsException) {
      return failure;
    }
    return explained(failure, count(SYSTEM.get()), SYSTEM.get().getMaxFileDescriptorCount());
  }

  static IOException explained(IOException failure, OptionalLong open, long most) {
    if (open.isPresent() && open.getAsLong() < most - SLACK) {
      return failure;
    }
    return new TooFewDescriptorsException(failure.getMessage() + ": too few file descriptors ("
        + (open.isPresent() ? open.getAsLong() + " are open, " : "") + "the limit is " + most
        + "). Raise LimitNOFILE= of the unit, ulimits of the compose file, or ulimit -n", failure);
  }
}
