package hayloft.cli.cert;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.CertifiedKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CertCommandTest {

  @TempDir
  private Path directory = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(arguments);
  }

  private int create(String... more) {
    String[] arguments = new String[more.length + 4];
    System.arraycopy(new String[]{"cert", "create", "--out", directory.resolve("certs").toString()}, 0, arguments, 0,
        4);
    System.arraycopy(more, 0, arguments, 4, more.length);
    return run(arguments);
  }

  private Path made(String name) {
    return directory.resolve("certs").resolve(name);
  }

  private X509Certificate certificate(String name) throws IOException {
    return CertificateChain.read(made(name)).getFirst();
  }

  @Test
  void aCertificateIsMadeThatItsAuthorityVouchesFor() throws Exception {
    assertEquals(0, create("--host", "S3.lan", "--host", "*.s3.lan", "--host", "192.168.1.20"), err.toString());
    X509Certificate server = certificate("server.crt");
    X509Certificate ca = certificate("ca.crt");
    assertEquals("CN=s3.lan", server.getSubjectX500Principal().getName());
    assertEquals(List.of("s3.lan", "*.s3.lan", "192.168.1.20", "localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"),
        CertificateChain.names(server));
    assertEquals(List.of("1.3.6.1.5.5.7.3.1"), server.getExtendedKeyUsage(), "a server");
    assertEquals(-1, server.getBasicConstraints(), "not an authority");
    assertEquals(0, ca.getBasicConstraints(), "an authority over no other authority");
    assertEquals("EC", server.getPublicKey().getAlgorithm());
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(ca, null)));
    parameters.setRevocationEnabled(false);
    assertDoesNotThrow(() -> CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(server)), parameters));
    assertDoesNotThrow(() -> CertifiedKey.of(List.of(server), CertifiedKey.readKey(made("server.key"))));
    Duration life = Duration.between(Instant.now(), server.getNotAfter().toInstant());
    assertTrue(life.toDays() == 824 || life.toDays() == 825, life.toString());
  }

  @Test
  void keysAreTheirOwnersAlone() throws IOException {
    assertEquals(0, create());
    for (String key : List.of("ca.key", "server.key")) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made(key))), key);
    }
  }

  @Test
  void itSaysWhatServersAndClientsDoWithIt() {
    assertEquals(0, create("--host", "s3.lan"));
    String said = out.toString();
    for (String line : List.of(
        "  hayloft server --tls-cert " + made("server.crt") + " --tls-key " + made("server.key") + " ...",
        "  aws --ca-bundle " + made("ca.crt") + " --endpoint-url https://s3.lan:8333 s3 ls",
        "  hayloft bench put --ca " + made("ca.crt") + " --endpoint https://s3.lan:8333")) {
      assertTrue(said.lines().anyMatch(line::equals), line + " is not in\n" + said);
    }
    assertTrue(said.contains("export AWS_CA_BUNDLE=" + made("ca.crt")), said);
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    assertEquals(0, create());
    String before = Files.readString(made("server.crt"));
    assertEquals(1, create());
    assertTrue(err.toString().contains(made("server.crt") + " is there already and is not overwritten"),
        err.toString());
    assertEquals(before, Files.readString(made("server.crt")));
    Files.delete(made("server.crt"));
    assertEquals(1, create());
    assertTrue(err.toString().contains(made("server.key") + " is there without " + made("server.crt")
        + ", which belongs to it. Put server.crt back; or take server.key away, if a run that was killed has left it"),
        err.toString());
  }

  @Test
  void afterAFaultNeitherOfAPairIsThere() throws IOException {
    assertEquals(0, create());
    Files.createDirectories(made("node2.crt.part").resolve("in the way"));
    assertEquals(1, create("--name", "node2"));
    assertTrue(err.toString().contains("node2.crt.part"), err.toString());
    assertFalse(Files.exists(made("node2.key")) || Files.exists(made("node2.crt")), "half a pair");
    assertFalse(Files.exists(made("node2.key.part")), "a key that nobody needs");
  }

  @Test
  void whatAKilledRunHasLeftIsInNobodysWay() throws IOException {
    assertEquals(0, create());
    Files.writeString(made("node2.key.part"), "half a k"); // readable to others as far as the umask goes
    Files.writeString(made("node2.crt.part"), "-----BEG");
    assertEquals(0, create("--name", "node2"), err.toString());
    assertFalse(Files.exists(made("node2.key.part")) || Files.exists(made("node2.crt.part")), "left behind");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made("node2.key"))));
    assertDoesNotThrow(() -> CertifiedKey.of(List.of(certificate("node2.crt")),
        CertifiedKey.readKey(made("node2.key"))));
  }

  @Test
  void theSameAuthorityVouchesForTheNextOne() throws Exception {
    assertEquals(0, create());
    String authority = Files.readString(made("ca.crt"));
    assertEquals(0, create("--name", "node2", "--days", "1"));
    assertEquals(authority, Files.readString(made("ca.crt")));
    X509Certificate second = certificate("node2.crt");
    second.verify(certificate("ca.crt").getPublicKey());
    assertNotEquals(certificate("server.crt").getSerialNumber(), second.getSerialNumber());
  }

  @Test
  void noCertificateOutlivesItsAuthority() throws IOException {
    assertEquals(0, create("--days", "9999"));
    assertEquals(certificate("ca.crt").getNotAfter(), certificate("server.crt").getNotAfter());
  }

  @Test
  void halfAnAuthorityIsRefused() throws IOException {
    assertEquals(0, create());
    Files.delete(made("ca.key"));
    assertEquals(1, create("--name", "next"));
    assertTrue(err.toString().contains(made("ca.crt") + " is there without " + made("ca.key")), err.toString());
  }

  @Test
  void whoMayNotVouchIsNoAuthority() throws IOException {
    assertEquals(0, create());
    Files.move(made("server.crt"), made("ca.crt"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.move(made("server.key"), made("ca.key"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertEquals(2, create());
    assertTrue(err.toString().contains("CN=localhost is no authority"), err.toString());
    assertFalse(Files.exists(made("server.crt")));
  }

  @Test
  void wrongInputIsNamed() {
    assertEquals(2, create("--host", "https://s3.lan"));
    assertTrue(err.toString().contains(
        "--host must be a host name such as s3.example.com or *.s3.example.com, or an address, got https://s3.lan"),
        err.toString());
    assertEquals(2, create("--host", "10.0.0.256"));
    assertTrue(err.toString().contains("got 10.0.0.256"), err.toString());
    assertEquals(2, create("--days", "0"));
    assertTrue(err.toString().contains("--days must be a number, 1 or more, got 0"), err.toString());
    assertEquals(2, create("--name", "../x"));
    assertTrue(err.toString().contains("--name must be a name of letters, digits, - and _, got ../x"),
        err.toString());
    assertEquals(2, create("--name", "ca"));
    assertTrue(err.toString().contains("--name must be another than ca"), err.toString());
    assertFalse(Files.exists(directory.resolve("certs")));
  }

  @Test
  void whatACertificateSaysIsShown() throws IOException {
    assertEquals(0, create("--host", "s3.lan"));
    assertEquals(0, run("cert", "show", made("server.crt").toString()));
    String said = out.toString();
    for (String part : List.of(made("server.crt") + ", certificate 1 of 1", "  subject  CN=s3.lan",
        "  names    s3.lan, localhost, 127.0.0.1, ", "  issuer   CN=Hayloft local CA ", " 824 days left",
        "  key      EC, 256 bits", "  sha256   " + CertificateChain.fingerprint(certificate("server.crt")))) {
      assertTrue(said.contains(part), part + " is not in\n" + said);
    }
    assertEquals(1, run("cert", "show", made("server.key").toString()));
    assertTrue(err.toString().contains(made("server.key") + ": it has no certificate"), err.toString());
  }

  @Test
  void whatIsPastIsShownAsThat() {
    var ca = CertificateAuthority.create(Instant.EPOCH);
    var print = new PrintWriter(out, true);
    CertShow.show(print, ca.self().certificate(), Instant.EPOCH.plus(CertificateAuthority.LIFE).plusSeconds(90_000));
    assertTrue(out.toString().contains(", EXPIRED 1 days ago"), out.toString());
    assertTrue(out.toString().contains("  for      vouching for other certificates"), out.toString());
    CertShow.show(print, ca.self().certificate(), Instant.EPOCH.minusSeconds(7200));
    assertTrue(out.toString().contains(", NOT YET VALID"), out.toString());
  }
}
