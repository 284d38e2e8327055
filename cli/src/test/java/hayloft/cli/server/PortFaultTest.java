package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ports that cannot be had.
final class PortFaultTest {

  @TempDir
  private Path temp = Path.of("");

  private String refused(int code, String... flags) {
    Path data = temp.resolve("data");
    var err = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of("server", "--exit-when-ready", "--dir", data.toString()));
    arguments.addAll(List.of(flags));
    assertEquals(code, Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setErr(new PrintWriter(err, true))
        .execute(arguments.toArray(String[]::new)), err::toString);
    assertFalse(Files.exists(data), "nothing is left behind");
    return err.toString();
  }

  @Test
  void portsInUseAreNamedWithRoleSettingAndHolderBeforeAnythingIsMade() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String master = Integer.toString(taken.getLocalPort());
      String admin = Integer.toString(other.getLocalPort());
      String said = refused(1, "--bind", "127.0.0.1", "--s3-port", "0", "--master-port", master, "--volume-port", "0",
          "--filer-port", "0", "--admin-port", admin);
      String held = "process " + ProcessHandle.current().pid();
      assertTrue(
          said.startsWith("hayloft: cannot listen on 127.0.0.1:" + master + " for the master port (--master-port,"
              + " HAYLOFT_MASTER_PORT): it is in use"),
          said);
      assertTrue(said.contains("\nhayloft: cannot listen on 127.0.0.1:" + admin + " for the admin port"), said);
      assertTrue(!Files.exists(Path.of("/proc/net/tcp")) || said.contains(held), said);
    }
  }

  @Test
  void anAddressOfAnotherMachineIsToldAsThat() {
    String said = refused(1, "--bind", "192.0.2.1", "--s3-port", "0", "--master-port", "0", "--volume-port", "0",
        "--filer-port", "0");
    assertTrue(said.contains("192.0.2.1 is no address of this machine. Give --bind (HAYLOFT_BIND)"), said);
  }

  @Test
  void whatNobodyHoldsIsAMatterOfRights() {
    var low = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    String said = String.valueOf(PortFault.of("s3", low, new IOException("Permission denied")).getMessage());
    assertTrue(said.contains("need a right") || said.contains("it is in use"), said); // where all ports are free
  }
}
