package hayloft.cli.doctor;

import hayloft.cli.ByteSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What there is to say of the machine. Reads under a root, so that tests can show it another machine. Confined to one
/// thread.
final class MachineChecks {

  private static final long GOOD_FILES = 17_000;
  private static final long LEAST_MEMORY_BYTES = 480L << 20;
  private static final long LARGEST_CLOCK_ERROR_MICROS = 1_000_000;

  private final Path root;
  private final Map<String, String> environment;

  /// @param root `/`, but in tests
  MachineChecks(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  List<Finding> all() throws IOException {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.good("kernel", System.getProperty("os.name") + " "
        + text("proc/sys/kernel/osrelease").orElse(System.getProperty("os.version")) + ", "
        + System.getProperty("os.arch")));
    findings.add(processor());
    findings.add(java());
    findings.add(openFiles());
    findings.add(memory());
    findings.add(swap());
    findings.add(hugePages());
    findings.add(clock(Native.clockErrorMicros()));
    return findings;
  }

  private Optional<String> text(String file) throws IOException {
    Path path = root.resolve(file);
    return Files.isReadable(path) ? Optional.of(Files.readString(path).strip()) : Optional.empty();
  }

  private Finding processor() throws IOException {
    String info = text("proc/cpuinfo").orElse("");
    String model = info.lines().filter(line -> line.startsWith("model name")).findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse(System.getProperty("os.arch"));
    int cores = Runtime.getRuntime().availableProcessors();
    String found = model + ", " + cores + " of its threads for this process";
    boolean slowSums = System.getProperty("os.arch").equals("amd64") && !info.isEmpty() && !info.contains("sse4_2");
    return slowSums
        ? Finding.warning("processor", found,
            "It has no instruction for CRC-32C (SSE 4.2): every read is checked with it.",
            "in a VM choose the CPU type \"host\" or x86-64-v2-AES")
        : Finding.good("processor", found);
  }

  private Finding java() {
    String options = environment.getOrDefault("HAYLOFT_JAVA_OPTS", "");
    String found = System.getProperty("java.vm.name") + " " + Runtime.version()
        + (options.isEmpty() ? "" : ", options " + options);
    return Runtime.version().feature() == 25
        ? Finding.good("Java", found)
        : Finding.note("Java", found, "Hayloft is tested with 25.");
  }

  /// The server's launcher takes as many as the hard limit allows.
  Finding openFiles() throws IOException {
    Optional<String> line = text("proc/self/limits")
        .flatMap(limits -> limits.lines().filter(one -> one.startsWith("Max open files")).findFirst());
    if (line.isEmpty()) {
      return Finding.note("open files", "unknown", "/proc/self/limits cannot be read.");
    }
    String[] words = line.get().substring("Max open files".length()).strip().split("\\s+");
    String found = "soft limit " + words[0] + ", hard limit " + words[1];
    if (words[1].equals("unlimited") || Long.parseLong(words[1]) >= GOOD_FILES) {
      return Finding.good("open files", found);
    }
    return Finding.warning("open files", found, "16384 connections, and volumes and table files besides, need more.",
        "LimitNOFILE=65536 in the unit, ulimits.nofile in the compose file, or a smaller --max-connections");
  }

  /// The least of the machine's memory and the limits of its control groups.
  Finding memory() throws IOException {
    OptionalLong machine = OptionalLong.empty();
    for (String line : text("proc/meminfo").orElse("").lines().toList()) {
      if (line.startsWith("MemTotal:")) {
        machine = OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) << 10);
      }
    }
    String limit = text("sys/fs/cgroup/memory.max").or(() -> Optional.of("max")).get();
    boolean limited = !limit.equals("max");
    if (machine.isEmpty()) {
      return Finding.note("memory", "unknown", "/proc/meminfo cannot be read.");
    }
    long bytes = limited ? Math.min(machine.getAsLong(), Long.parseLong(limit)) : machine.getAsLong();
    String found = ByteSize.text(machine.getAsLong()) + (limited ? ", limited to " + ByteSize.text(bytes) : "");
    return bytes < LEAST_MEMORY_BYTES
        ? Finding.warning("memory", found, "With its defaults the server wants 512 MiB; with less it may be killed.",
            "raise the limit, or lower --memory")
        : Finding.good("memory", found);
  }

  Finding swap() throws IOException {
    long areas = text("proc/swaps").map(swaps -> swaps.lines().skip(1).count()).orElse(0L);
    int swappiness = text("proc/sys/vm/swappiness").map(Integer::parseInt).orElse(60);
    String found = areas + " areas, vm.swappiness " + swappiness;
    return areas > 0 && swappiness > 30
        ? Finding.warning("swap", found, "A heap that is swapped out makes every collection wait for the disk.",
            "sysctl vm.swappiness=1, or no swap for the service (MemorySwapMax=0)")
        : Finding.good("swap", found);
  }

  Finding hugePages() throws IOException {
    Optional<String> setting = text("sys/kernel/mm/transparent_hugepage/enabled");
    if (setting.isEmpty()) {
      return Finding.note("huge pages", "unknown", "The kernel does not tell; nothing follows from it.");
    }
    return setting.get().contains("[always]")
        ? Finding.warning("huge pages", setting.get(),
            "Memory that is touched here and there is backed by 2 MiB each: the process looks, and is, larger than it "
                + "need be.",
            "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled")
        : Finding.good("huge pages", setting.get());
  }

  /// @param errorMicros empty if nothing keeps the clock right, as far as the kernel knows
  static Finding clock(OptionalLong errorMicros) {
    if (errorMicros.isEmpty()) {
      return Finding.warning("clock", "nothing keeps it right, as far as the kernel knows",
          "Signed requests are refused when client and server differ by 15 minutes; times of objects come from it.",
          "run chrony or systemd-timesyncd (in a container: on its host)");
    }
    String found = String.format(Locale.ROOT, "kept right, wrong by %.1f ms at most", errorMicros.getAsLong() / 1e3);
    return errorMicros.getAsLong() > LARGEST_CLOCK_ERROR_MICROS
        ? Finding.warning("clock", found, "It may be off by more than a second.",
            "look at chronyc tracking or timedatectl")
        : Finding.good("clock", found);
  }
}
