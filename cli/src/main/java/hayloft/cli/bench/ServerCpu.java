package hayloft.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// CPU time and memory of a process as Linux accounts for it (`/proc/PID/stat` and `status`, see proc(5)).
record ServerCpu(double userSeconds, double systemSeconds, long residentBytes) {
  /// USER_HZ is 100 on every Linux port that Java runs on.
  private static final double TICKS_PER_SECOND = 100;

  static final ServerCpu UNKNOWN = new ServerCpu(0, 0, 0);

  static ServerCpu read(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    // The program's name stands in parentheses and may hold spaces; fields are counted behind it.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long residentBytes = Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst().orElse(0);
    return new ServerCpu(Long.parseLong(fields[11]) / TICKS_PER_SECOND, Long.parseLong(fields[12]) / TICKS_PER_SECOND,
        residentBytes);
  }

  double secondsSince(ServerCpu earlier) {
    return userSeconds + systemSeconds - earlier.userSeconds - earlier.systemSeconds;
  }
}
