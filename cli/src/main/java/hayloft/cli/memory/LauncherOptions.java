package hayloft.cli.memory;

import hayloft.cli.ByteSize;
import hayloft.cli.config.EarlySetting;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A program of its own, for the launcher: given the server's arguments it prints the options of the JVM that the
/// server is to be started with, on one line. Every start waits for it, so what it runs does without the JDK's slow
/// beginners: lambdas, joined strings, regular expressions.
///
/// A setting that is wrong is not its business: the server, started with the options of the smallest plan, refuses it
/// with the right words.
public final class LauncherOptions {

  private LauncherOptions() {}

  public static void main(String[] arguments) {
    System.out.println(
        String.join(" ", of(List.of(arguments), System.getenv(), AvailableMemory.ofThisProcess()).jvmOptions()));
  }

  static MemoryPlan of(List<String> arguments, Map<String, String> environment, AvailableMemory available) {
    try {
      Optional<String> written = EarlySetting.find("memory", arguments, environment);
      boolean size = written.isPresent() && !written.get().equals("auto");
      return MemoryPlan.of(size ? OptionalLong.of(ByteSize.parse(written.get())) : OptionalLong.empty(), available);
    } catch (IllegalArgumentException _) { // the server says it
      return MemoryPlan.of(OptionalLong.of(MemoryPlan.LEAST_BYTES),
          new AvailableMemory(MemoryPlan.LEAST_BYTES, available.limit()));
    }
  }
}
