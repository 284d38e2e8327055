package hayloft.common.directory;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.OptionalLong;

/// Whether the process has about as many files open as it may: the one place where that is decided. Thread-safe.
///
/// Java tells EMFILE from other faults by a text only, so the descriptors themselves are counted when something could not be opened. Counting
/// takes a descriptor itself: where it worked before and works no more, none is left. Who has the kernel's own number need not ask here.
public final class FileDescriptors {

  /// What failed may have had some open and have given them back since.
  private static final long SLACK = 32;
  private static final Optional<UnixOperatingSystemMXBean> SYSTEM = ManagementFactory
      .getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix && count(unix).isPresent()
          ? Optional.of(unix)
          : Optional.empty();

  private FileDescriptors() {}

  /// How many the process may have open; empty if the system does not tell.
  public static OptionalLong limit() {
    return SYSTEM.isPresent() ? OptionalLong.of(SYSTEM.get().getMaxFileDescriptorCount()) : OptionalLong.empty();
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
