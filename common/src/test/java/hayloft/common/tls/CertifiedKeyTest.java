package hayloft.common.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CertifiedKeyTest {

  private static MadeCertificate ec;
  private static MadeCertificate rsa;

  @TempDir
  private Path directory = Path.of("");
  private Path certificate = Path.of("");
  private Path key = Path.of("");

  @BeforeAll
  static void make() {
    ec = MadeCertificate.ec("ec");
    rsa = MadeCertificate.rsa("rsa");
  }

  @BeforeEach
  void nameFiles() {
    certificate = directory.resolve("server.crt");
    key = directory.resolve("server.key");
  }

  private CertifiedKey read() throws IOException {
    return CertifiedKey.of(CertificateChain.read(certificate), CertifiedKey.readKey(key));
  }

  private void refused(String why) {
    var refusal = assertThrows(UnfitPemException.class, this::read);
    assertTrue(refusal.why().contains(why), refusal.why());
  }

  /// A key is its certificate's, or nothing would have been made of the two.
  private void assertRead(MadeCertificate made) throws IOException {
    assertEquals(List.of(made.certificate()), read().chain());
  }

  @Test
  void everyUsualFormOfAKeyIsRead() throws IOException {
    for (MadeCertificate made : List.of(ec, rsa)) {
      made.writeCertificate(certificate);
      made.writeKey(key);
      assertRead(made);
      made.writeOldKey(key);
      assertTrue(Files.readString(key).startsWith("-----BEGIN " + made.key().getAlgorithm() + " PRIVATE KEY"));
      assertRead(made);
    }
    assertEquals(List.of("localhost", "127.0.0.1"), ec.certified().names());
  }

  /// Keys and certificates as openssl writes them, each its own kind.
  @ParameterizedTest
  @ValueSource(strings = {"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out KEY",
      "genrsa -traditional -out KEY 2048", "genrsa -out KEY 3072",
      "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY",
      "ecparam -name prime256v1 -genkey -noout -out KEY", "ecparam -name prime256v1 -genkey -out KEY",
      "ecparam -name secp384r1 -genkey -out KEY", "ecparam -name secp521r1 -genkey -noout -out KEY"})
  void keysOfOpensslAreRead(String how) throws Exception {
    assumeTrue(isOpensslThere(), "openssl is not installed");
    assertEquals(0, openssl(how.replace("KEY", key.toString())), how);
    assertEquals(0, openssl("req -x509 -new -subj /CN=barn -days 1 -key " + key + " -out " + certificate), how);
    assertEquals("CN=barn", read().certificate().getSubjectX500Principal().getName(), Files.readString(key));
    assertEquals(0, openssl("pkcs8 -topk8 -passout pass:oats -in " + key + " -out " + directory.resolve("locked")));
    key = directory.resolve("locked");
    refused("its key is encrypted");
  }

  private static boolean isOpensslThere() throws InterruptedException {
    try {
      return openssl("version") == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static int openssl(String arguments) throws IOException, InterruptedException {
    return new ProcessBuilder(("openssl " + arguments).split(" ")).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
  }

  @Test
  void theCurveMayStandBeforeTheKey() throws IOException {
    ec.writeCertificate(certificate);
    ec.writeNamelessKey(key);
    refused("does not name its curve");
    Files.writeString(key, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        + Files.readString(key));
    assertRead(ec);
    Files.writeString(key, Files.readString(key).replace("BggqhkjOPQMBBw==", "BggqhkjO"));
    refused("cut short or broken");
    Files.writeString(key, Files.readString(key).replace("BggqhkjO", "BAEB")); // no name of a curve
    assertThrows(UnfitPemException.class, this::read);
  }

  /// Made for this test; the curve of coins is none of TLS's.
  @Test
  void aCurveThatIsNotTakenIsNamed() throws IOException {
    ec.writeCertificate(certificate);
    Files.writeString(key, """
        -----BEGIN PRIVATE KEY-----
        MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgV5KGIahKih30HnqlIHzx
        WUqFbSddDUvI8OFFhD3AL3ShRANCAATaWWQm6lGoOybyqwyc6RqOF1yNLTbWZS2I
        U51J84kLr1CCgVRtUrN4q0CxJfzOySWxjs9ec/6h4VTW1PphLYvD
        -----END PRIVATE KEY-----
        """);
    refused("its key is on the curve secp256k1");
  }

  @Test
  void textBetweenBlocksAndForeignLineEndsDoNotMatter() throws IOException {
    ec.writeCertificate(certificate);
    ec.writeKey(key);
    Files.writeString(certificate, ("issued for: barn\n" + Files.readString(certificate)).replace("\n", "\r\n"));
    Files.writeString(key, Files.readString(key).replace("\n", "\r\n") + "end");
    assertRead(ec);
  }

  @Test
  void whatDoesNotBelongTogetherIsRefused() throws IOException {
    ec.writeCertificate(certificate);
    MadeCertificate.ec("other").writeKey(key);
    refused("it belongs to another certificate");
    rsa.writeKey(key);
    refused("it belongs to another certificate");
    rsa.writeCertificate(directory.resolve("rsa.crt"));
    Files.writeString(certificate,
        Files.readString(certificate) + Files.readString(directory.resolve("rsa.crt")));
    refused("not the first of its file");
    assertThrows(IllegalArgumentException.class, () -> new CertifiedKey(List.of(ec.certificate()), rsa.key()));
  }

  @Test
  void whatIsNoCertificateOrKeyIsRefused() throws IOException {
    ec.writeKey(certificate);
    ec.writeKey(key);
    refused("it has no certificate");
    ec.writeCertificate(certificate);
    Files.writeString(key, Files.readString(certificate));
    refused("it has no private key");
    Files.writeString(key, block("PRIVATE KEY", new byte[]{1, 2, 3}));
    refused("neither RSA nor EC, or broken");
    Files.writeString(key, block("ENCRYPTED PRIVATE KEY", new byte[]{1, 2, 3}));
    refused("its key is encrypted");
    Files.writeString(key,
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
    refused("its key is encrypted");
    Files.writeString(key, block("DSA PRIVATE KEY", new byte[]{1}));
    refused("its DSA PRIVATE KEY is of no kind");
    ec.writeKey(key);
    Files.writeString(key, Files.readString(key) + Files.readString(key));
    refused("several private keys");
    Files.writeString(certificate, block("CERTIFICATE", new byte[]{48, 1}));
    refused("its certificate 1 cannot be read");
  }

  @Test
  void keysThatAreCutShortAreRefusedWhereverItIs() throws IOException {
    ec.writeCertificate(certificate);
    for (MadeCertificate made : List.of(ec, rsa)) {
      made.writeOldKey(key);
      Pem whole = Pem.read(key).getFirst();
      for (int length = 0; length < Math.min(whole.der().length, 200); length++) {
        byte[] part = Arrays.copyOf(whole.der(), length);
        Files.writeString(key, block(whole.label(), part));
        assertThrows(UnfitPemException.class, this::read, "after " + length);
      }
    }
  }

  @Test
  void aKeyIsNotToldToLogs() {
    assertFalse(ec.certified().toString().contains(Base64.getEncoder().encodeToString(ec.key().getEncoded())));
    assertTrue(ec.certified().toString().matches("CertifiedKey\\[CN=ec, until [^\\]]*\\]"), ec.certified().toString());
  }

  private static String block(String label, byte[] der) {
    return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
        + "-----\n";
  }
}
