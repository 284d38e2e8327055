package hayloft.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The program's own certificates, its server over TLS, and what other programs make of both.
@Timeout(120)
class TlsIT {

  @TempDir
  Path temp;

  private record Said(int exitCode, String text) {}

  private Said run(String... command) throws IOException, InterruptedException {
    Path said = Files.createTempFile(temp, "said", "");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectInput(Path.of("/dev/null").toFile()).redirectOutput(said.toFile());
    builder.environment().putAll(Map.of("HAYLOFT_ROOT_USER", ServerProcess.ACCESS_KEY, "HAYLOFT_ROOT_PASSWORD",
        ServerProcess.SECRET_KEY));
    Process process = builder.start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    return new Said(ended ? process.exitValue() : -1, Files.readString(said));
  }

  private static boolean isThere(String program, String question) throws InterruptedException {
    try {
      return new ProcessBuilder(program, question).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException _) { // it is not installed
      return false;
    }
  }

  @Test
  void opensslSpeaksTheNewVersionsAndNotTheOldOnes() throws Exception {
    assumeTrue(isThere("openssl", "version"), "openssl is not installed");
    var certificates = Certificates.create(temp.resolve("certs"));
    assertEquals(certificates.directory().resolve("server.crt") + ": OK\n",
        run("openssl", "verify", "-x509_strict", "-CAfile", certificates.authority().toString(),
            certificates.directory().resolve("server.crt").toString()).text());
    try (var server = ServerProcess.start(temp.resolve("data"), certificates.flags())) {
      for (URI port : List.of(server.endpoint(), server.volumePort())) {
        for (String version : List.of("-tls1_2", "-tls1_3")) {
          Said said = connect(certificates, port, version, "-alpn", "h2,http/1.1");
          assertEquals(0, said.exitCode(), said.text());
          assertTrue(said.text().contains("Verify return code: 0 (ok)"), said.text());
          assertTrue(said.text().contains("ALPN protocol: http/1.1"), said.text());
        }
        // openssl itself gives up its old versions only at this level
        Said old = connect(certificates, port, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0");
        assertNotEquals(0, old.exitCode(), old.text());
        assertTrue(old.text().contains("alert protocol version"), old.text());
      }
    }
  }

  private Said connect(Certificates certificates, URI port, String... more) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-connect",
        port.getHost() + ":" + port.getPort(), "-CAfile", certificates.authority().toString(), "-verify_return_error"));
    command.addAll(List.of(more));
    return run(command.toArray(String[]::new));
  }

  @Test
  void curlIsAnsweredAndToldWhenItForgetsTls() throws Exception {
    assumeTrue(isThere("curl", "--version"), "curl is not installed");
    var certificates = Certificates.create(temp.resolve("certs"));
    try (var server = ServerProcess.start(temp.resolve("data"), certificates.flags())) {
      for (String probe : List.of("/healthz", "/readyz", "/minio/health/live")) {
        Said said = run("curl", "-fsS", "--cacert", certificates.authority().toString(), server.endpoint() + probe);
        assertEquals(0, said.exitCode(), said.text());
      }
      Said untrusting = run("curl", "-sS", "--cacert", "/dev/null", server.endpoint() + "/healthz");
      assertNotEquals(0, untrusting.exitCode(), untrusting.text());
      assertEquals(new Said(0, "this port speaks TLS: use https instead of http\n400"),
          run("curl", "-sS", "-w", "%{http_code}", server.endpoint().toString().replace("https", "http")));
    }
  }

  @Test
  void theAccessLogTellsWhatWasAgreedOn() throws Exception {
    assumeTrue(isThere("curl", "--version"), "curl is not installed");
    var certificates = Certificates.create(temp.resolve("certs"));
    Path log = temp.resolve("access.log");
    List<String> flags = new ArrayList<>(List.of(certificates.flags()));
    flags.addAll(List.of("--access-log", log.toString()));
    try (var server = ServerProcess.start(temp.resolve("data"), flags.toArray(String[]::new))) {
      for (String version : List.of("1.2", "1.3")) {
        Said said = run("curl", "-sS", "--cacert", certificates.authority().toString(), "--tlsv" + version, "--tls-max",
            version, server.endpoint() + "/barn/" + version);
        assertTrue(said.text().contains("<Code>NoSuchBucket</Code>"), said.text());
      }
      assertEquals(0, server.stop());
    }
    List<String> lines = Files.readAllLines(log);
    assertEquals(2, lines.size(), lines::toString);
    assertTrue(lines.getFirst().matches(".* - ECDHE-(ECDSA|RSA)-[A-Z0-9-]+ - 127\\.0\\.0\\.1:\\d+ TLSv1\\.2 - -"),
        lines.getFirst());
    assertTrue(lines.getLast().matches(".* - TLS_[A-Z0-9_]+ - 127\\.0\\.0\\.1:\\d+ TLSv1\\.3 - -"), lines.getLast());
  }

  @Test
  void benchDrivesAStoreOverTls() throws Exception {
    var certificates = Certificates.create(temp.resolve("certs"));
    try (var server = ServerProcess.start(temp.resolve("data"), certificates.flags())) {
      String[] bench = {Path.of(System.getProperty("hayloft.home"), "hayloft").toString(), "bench", "get",
          "--endpoint", server.endpoint().toString(), "--objects", "20", "--count", "200", "--clients", "4"};
      Said refused = run(bench);
      assertEquals(1, refused.exitCode(), refused.text());
      assertTrue(refused.text().contains("--ca names who vouches for it"), refused.text());
      assertEquals(1, refused.text().lines().count(), refused.text());
      String hayloft = bench[0];
      String plain = server.endpoint().toString().replace("https", "http");
      String plainAdmin = server.adminPort().toString().replace("https", "http");
      for (String[] forgotten : new String[][]{{hayloft, "bench", "get", "--endpoint", plain},
          {hayloft, "audit", "--log", temp.resolve("acks").toString(), "--endpoint", plain},
          {hayloft, "shell", "--endpoint", plainAdmin, "-c", "volume.list"}}) {
        Said said = run(forgotten);
        assertEquals(1, said.exitCode(), said.text());
        assertTrue(said.text().contains(" speaks TLS: write https:// instead of http://"), said.text());
      }
      for (String[] untrusting : new String[][]{
          {hayloft, "audit", "--log", temp.resolve("acks").toString(), "--endpoint", server.endpoint().toString()},
          {hayloft, "shell", "--endpoint", server.adminPort().toString(), "-c", "volume.list"}}) {
        Said said = run(untrusting);
        assertEquals(1, said.exitCode(), said.text());
        assertTrue(said.text().contains("is signed by nobody that is trusted here: --ca names"), said.text());
        assertEquals(1, said.text().lines().count(), said.text());
      }
      for (List<String> trust : List.of(List.of("--ca", certificates.authority().toString()), List.of("--insecure"))) {
        List<String> command = new ArrayList<>(List.of(bench));
        command.addAll(trust);
        Said said = run(command.toArray(String[]::new));
        assertEquals(0, said.exitCode(), said.text());
        assertTrue(said.text().contains("200 requests"), said.text());
      }
    }
  }

  @Test
  void aRenewedCertificateIsShownWithoutARestart() throws Exception {
    var certificates = Certificates.create(temp.resolve("certs"));
    try (var server = ServerProcess.start(temp.resolve("data"), certificates.flags());
        SSLSocket open = connected(certificates, server.endpoint())) {
      assertEquals("HTTP/1.1 200 OK", ask(open));
      Certificate before = open.getSession().getPeerCertificates()[0];
      certificates.renew();
      assertEquals("HTTP/1.1 200 OK", ask(open));
      Certificate shown = before;
      while (shown.equals(before)) { // within two looks at the files; the test's time-out ends it
        try (SSLSocket next = connected(certificates, server.endpoint())) {
          assertEquals("HTTP/1.1 200 OK", ask(next));
          shown = next.getSession().getPeerCertificates()[0];
        }
      }
      assertEquals("HTTP/1.1 200 OK", ask(open));
      assertEquals(before, open.getSession().getPeerCertificates()[0]);
      assertTrue(server.log().contains("tls.renewed subject=\"CN=renewed.test\""), server.log());
      assertEquals(0, server.stop());
    }
  }

  private static SSLSocket connected(Certificates certificates, URI port) throws Exception {
    return (SSLSocket) certificates.trust().getSocketFactory().createSocket(port.getHost(), port.getPort());
  }

  /// The status line of an answer, which is then read to its end.
  private static String ask(SSLSocket socket) throws IOException {
    socket.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(US_ASCII));
    var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII), 1);
    String status = String.valueOf(in.readLine());
    int length = 0;
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      if (line.startsWith("content-length: ")) {
        length = Integer.parseInt(line.substring("content-length: ".length()));
      }
    }
    assertEquals(length, in.skip(length));
    return status;
  }
}
