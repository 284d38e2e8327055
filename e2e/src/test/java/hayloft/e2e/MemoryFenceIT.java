package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server finds the limit of its control group by itself and stays below it under `hayloft bench` with 64 clients
/// that mix 4 KiB and 64 MiB. Where the machine lets tests make no control group it is told the size, and its own
/// memory is looked at.
///
/// `-Dhayloft.long=true` makes it ten minutes, and `-Dhayloft.draw=FILE` draws its memory there.
@Tag("alone")
class MemoryFenceIT {

  private static final boolean LONG = Boolean.getBoolean("hayloft.long");
  private static final long LIMIT_BYTES = 512L << 20;
  /// Below 512 MiB the plan leaves 65 MiB to pages of files.
  private static final long OWN_KIB = (512 - 65) << 10;
  private static final Pattern FAILURES = Pattern.compile("\"failures\":\\{(.*?)}");
  private static final Pattern REQUESTS = Pattern.compile("\"requests\":(\\d+)");

  @TempDir
  Path temp;

  @Test
  void sixtyFourClientsMixingSmallAndLargeDoNotMakeItDie() throws Exception {
    Optional<MemoryLimit> limit = MemoryLimit.tryToMake(LIMIT_BYTES);
    String[] flags = limit.isPresent() ? new String[0] : new String[]{"--memory", "512MiB"};
    MemoryCurve curve;
    String said;
    try (ServerProcess server = ServerProcess.startWithin(limit.map(MemoryLimit::entering).orElse(List.of()),
        temp.resolve("data"), "", flags)) {
      assertTrue(server.log().contains("memory.planned totalBytes=" + LIMIT_BYTES), server.log());
      assertFalse(server.log().contains("memory.heapDiffers"), server.log());
      curve = MemoryCurve.of(server.pid(), limit);
      said = bench(server);
      if (limit.isPresent()) {
        assertEquals(0, limit.get().killed(), "ended by the kernel");
      }
      assertEquals(200, server.client().get("/bench/bench/0000000000").statusCode(), "still serves");
      assertEquals(0, server.stop(), server::toString);
      String log = Files.readString(temp.resolve("data.log"));
      assertFalse(log.contains(" ERROR "), log);
    } finally {
      if (limit.isPresent()) {
        limit.get().close();
      }
    }
    String figures = "own at most " + (curve.mostKib(MemoryCurve.Sample::own) >> 10) + " MiB, resident "
        + (curve.mostKib(MemoryCurve.Sample::resident) >> 10) + " MiB, control group "
        + (curve.mostKib(MemoryCurve.Sample::group) >> 10) + " MiB";
    System.out.println("MemoryFenceIT: " + figures + "; bench: " + said);
    String drawing = System.getProperty("hayloft.draw", "");
    if (!drawing.isEmpty()) {
      curve.draw(Path.of(drawing), "64 clients mixing 4 KiB and 64 MiB, limit 512 MiB: " + figures, LIMIT_BYTES >> 10);
    }
    assertTrue(Set.of("503", "0").containsAll(statuses(said)), said);
    assertTrue(curve.mostKib(MemoryCurve.Sample::own) < OWN_KIB, figures);
    Matcher requests = REQUESTS.matcher(said);
    assertTrue(requests.find() && Long.parseLong(requests.group(1)) > 0, said);
  }

  /// @return its one line of JSON
  private String bench(ServerProcess server) throws Exception {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("hayloft.home"), "hayloft").toString(),
        "bench", "mixed", "--endpoint", server.endpoint().toString(), "--clients", "64", "--objects", "100", "--size",
        "4KiB,4KiB,4KiB,4KiB,4KiB,4KiB,4KiB,4KiB,4KiB,64MiB", "--warmup", "0", "--seconds", LONG ? "600" : "15",
        "--server-pid", Long.toString(server.pid()), "--json"));
    var builder = new ProcessBuilder(command).redirectError(temp.resolve("bench.log").toFile());
    builder.environment().put("HAYLOFT_ACCESS_KEY", ServerProcess.ACCESS_KEY);
    builder.environment().put("HAYLOFT_SECRET_KEY", ServerProcess.SECRET_KEY);
    Process bench = builder.start();
    String said = new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int code = bench.waitFor();
    String log = Files.readString(temp.resolve("bench.log"));
    assertTrue(code == 0 || code == 1 && said.startsWith("{"), () -> "exit code " + code + "\n" + said + "\n" + log
        + "\n" + serverLog());
    return said;
  }

  private String serverLog() {
    try {
      return Files.readString(temp.resolve("data.log"));
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  /// Of answers that were no success: `"503":17,"0":2`.
  private static Set<String> statuses(String said) {
    Matcher matcher = FAILURES.matcher(said);
    assertTrue(matcher.find(), said);
    Set<String> statuses = new TreeSet<>();
    for (String pair : matcher.group(1).split(",")) {
      if (!pair.isEmpty()) {
        statuses.add(pair.substring(1, pair.lastIndexOf('"')));
      }
    }
    return statuses;
  }
}
