package hayloft.common.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.UnixOperatingSystemMXBean;
import hayloft.common.log.EventLog;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the process as a whole is and takes, besides what Micrometer tells of a virtual machine. Thread-safe.
public final class ProcessFigures implements FigureSource {

  private static final EventLog LOG = EventLog.of(ProcessFigures.class);
  private static final Figure BUILD = Figure.gauge("hayloft_build_info",
      "Which program runs; always 1, the labels tell.", "version", "java");
  private static final Figure COLLECTIONS = Figure.counter("hayloft_jvm_gc_collections",
      "Collections of garbage on the heap, by collector.", "collector");
  private static final Figure COLLECTION_SECONDS = Figure.counter("hayloft_jvm_gc_seconds",
      "Time that collections of garbage on the heap took; with the usual collector everything else stands still "
          + "meanwhile.",
      "collector");
  private static final Figure RESIDENT = Figure.gauge("process_resident_memory_bytes",
      "Memory of the process that lies in RAM, mapped files included.");
  private static final Figure VIRTUAL = Figure.gauge("process_virtual_memory_bytes",
      "Addresses that the process has taken, most of them files that are mapped.");
  private static final Figure CPU = Figure.counter("process_cpu_seconds",
      "Time that processors have worked for the process, user and system.");
  private static final Figure OPEN_FILES = Figure.gauge("process_open_fds", "File descriptors that are open.");
  private static final Figure MOST_FILES = Figure.gauge("process_max_fds", "How many may be open.");
  private static final Figure SWAPPED = Figure.gauge("hayloft_process_swapped_bytes",
      "Memory of the process that lies in swap space.");

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern LINE = Pattern.compile("(?m)^(VmSize|VmRSS|VmSwap):\\s*(\\d+) kB$");

  private final String version;

  /// @param version of the program
  public ProcessFigures(String version) {
    this.version = version;
  }

  @Override
  public void tell(Figures into) {
    into.number(BUILD, 1, version, Runtime.version().toString());
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      String name = collector.getName().toLowerCase(Locale.ROOT).replace(' ', '_');
      into.number(COLLECTIONS, Math.max(0, collector.getCollectionCount()), name);
      into.number(COLLECTION_SECONDS, Math.max(0, collector.getCollectionTime()) / 1e3, name);
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      into.number(CPU, Math.max(0, system.getProcessCpuTime()) / 1e9);
      into.number(OPEN_FILES, system.getOpenFileDescriptorCount());
      into.number(MOST_FILES, system.getMaxFileDescriptorCount());
    }
    String status = status();
    kibibytes(status, "VmSize").ifPresent(taken -> into.number(VIRTUAL, taken * 1024.0));
    kibibytes(status, "VmRSS").ifPresent(rss -> into.number(RESIDENT, rss * 1024.0));
    kibibytes(status, "VmSwap").ifPresent(swapped -> into.number(SWAPPED, swapped * 1024.0));
  }

  private static OptionalLong kibibytes(String status, String name) {
    Matcher line = LINE.matcher(status);
    while (line.find()) {
      if (line.group(1).equals(name)) {
        return OptionalLong.of(Long.parseLong(line.group(2)));
      }
    }
    return OptionalLong.empty();
  }

  /// Linux only; empty elsewhere.
  private static String status() {
    try {
      return Files.exists(STATUS) ? new String(Files.readAllBytes(STATUS), US_ASCII) : "";
    } catch (IOException e) {
      LOG.debug("metrics.processUnreadable").say(e);
      return "";
    }
  }
}
