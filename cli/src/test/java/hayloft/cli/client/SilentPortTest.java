package hayloft.cli.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every client at a port that takes its connection and then says nothing, with and without TLS: each ends by itself
/// and says where it asked. All at a time, since each has its patience of some ten seconds.
@Timeout(120)
final class SilentPortTest {

  private static final Map<String, String> KEYS = Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD",
      "secretsecret");

  @TempDir
  Path temp;

  private record Said(int code, String text) {}

  private Said run(String line) {
    var text = new StringWriter();
    int code = Hayloft.commandLine(KEYS, temp.resolve("none.yaml")).setOut(new PrintWriter(text, true))
        .setErr(new PrintWriter(text, true)).execute(line.split(" "));
    return new Said(code, text.toString());
  }

  @Test
  void nobodyWaitsForEver() throws IOException {
    assertEquals(0, run("cert create --out " + temp.resolve("certs")).code());
    String ca = temp.resolve("certs").resolve("ca.crt").toString();
    String tls = " --tls-cert " + temp.resolve("certs").resolve("server.crt") + " --tls-key "
        + temp.resolve("certs").resolve("server.key");
    try (var silent = new ServerSocket(0, 200, InetAddress.getLoopbackAddress()); // whose connections nobody looks at
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      String port = "127.0.0.1:" + silent.getLocalPort();
      String doctor = "doctor --no-sync-test --dir " + temp.resolve("data") + " --bind 127.0.0.1 --master-port "
          + silent.getLocalPort() + " --volume-port 1";
      List<String> lines = new ArrayList<>(List.of(doctor, doctor + tls, "health --s3-port " + silent.getLocalPort(),
          "health --s3-port " + silent.getLocalPort() + " --tls-cert "
              + temp.resolve("certs").resolve("server.crt")));
      for (String endpoint : List.of("http://" + port, "https://" + port)) {
        String trusting = " --endpoint " + endpoint + (endpoint.startsWith("https") ? " --ca " + ca : "");
        lines.add("shell -c volume.list" + trusting);
        lines.add("bench put" + trusting);
        lines.add("audit --log " + temp.resolve(endpoint.replace('/', '-')) + trusting);
      }
      List<CompletableFuture<Said>> ended = lines.stream()
          .map(line -> CompletableFuture.supplyAsync(() -> run(line), threads)).toList();
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        Said said = ended.get(i).join();
        assertTrue(said.text().contains(port), () -> line + " says " + said);
        assertTrue(line.startsWith("doctor") || said.code() == 1, () -> line + " says " + said);
      }
    }
  }
}
