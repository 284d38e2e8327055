package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import hayloft.common.tls.CertifiedKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CertificateInForceTest {

  private static final Logger LOG = Logger.getLogger(CertificateInForce.class.getName());

  @TempDir
  private Path directory = Path.of("");
  private final List<String> said = new ArrayList<>();
  private Instant now = Instant.now();
  private @Nullable Error failure;
  private final InstantSource clock = () -> {
    if (failure != null) {
      throw failure;
    }
    return now;
  };
  private final Handler listener = new Handler() {
    @Override
    public void publish(LogRecord line) {
      said.add(line.getLevel() + " " + line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  };

  @BeforeEach
  void listen() {
    LOG.addHandler(listener);
  }

  @AfterEach
  void stopListening() {
    LOG.removeHandler(listener);
  }

  /// A certificate and its key, of the authority in the test's directory.
  private TlsFiles made(String name, String... more) {
    List<String> arguments = new ArrayList<>(
        List.of("cert", "create", "--out", directory.toString(), "--name", name, "--host", name));
    arguments.addAll(List.of(more));
    var err = new StringWriter();
    assertEquals(0, Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(new StringWriter()))
        .setErr(new PrintWriter(err)).execute(arguments.toArray(String[]::new)), err.toString());
    return new TlsFiles(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
  }

  private TlsFiles used() {
    return new TlsFiles(directory.resolve("used.crt"), directory.resolve("used.key"));
  }

  private static void put(Path from, Path over) throws IOException {
    Files.copy(from, over.resolveSibling("next"), StandardCopyOption.REPLACE_EXISTING);
    Files.move(over.resolveSibling("next"), over, StandardCopyOption.ATOMIC_MOVE);
  }

  private void heard(String... parts) {
    assertTrue(said.stream().anyMatch(line -> List.of(parts).stream().allMatch(line::contains)),
        List.of(parts) + " was not said, but " + said);
  }

  @Test
  void filesThatChangedAreTakenWhenTheyRest() throws IOException {
    TlsFiles first = made("first");
    TlsFiles second = made("second");
    put(first.certificate(), used().certificate());
    put(first.key(), used().key());
    try (var certificate = CertificateInForce.startResting(used(), clock)) {
      heard("INFO tls.on provider=", "subject=\"CN=first\"", "names=first,localhost");
      CertifiedKey before = certificate.tls().identity();
      certificate.look();
      put(second.certificate(), used().certificate());
      certificate.look();
      put(second.key(), used().key()); // between two looks, as somebody does who copies one after the other
      certificate.look();
      assertEquals(before, certificate.tls().identity());
      certificate.look();
      assertEquals(second.read(), certificate.tls().identity());
      heard("INFO tls.renewed subject=\"CN=second\"");
      assertTrue(said.stream().noneMatch(line -> line.contains("refused")), said.toString());
    }
  }

  @Test
  void aFileThatIsGoneIsToldWithItsSetting() {
    var gone = assertThrows(IOException.class, () -> used().read());
    assertEquals("--tls-cert must be a PEM file with certificates, got " + used().certificate() + " (there is no "
        + used().certificate() + ". Name one that is there)", gone.getMessage());
  }

  @Test
  void whatDoesNotFitIsRefusedOnceAndTheOldOneStays() throws IOException {
    TlsFiles first = made("first");
    TlsFiles second = made("second");
    put(first.certificate(), used().certificate());
    put(first.key(), used().key());
    try (var certificate = CertificateInForce.startResting(used(), clock)) {
      put(second.certificate(), used().certificate());
      for (int look = 0; look < 5; look++) {
        certificate.look();
      }
      assertEquals(first.read(), certificate.tls().identity());
      heard("WARNING tls.refused reason=\"--tls-key must be the key of the certificate in " + used().certificate()
          + ", got " + used().key() + " (it belongs to another certificate)\" keeping=\"CN=first\"");
      assertEquals(1, said.stream().filter(line -> line.contains("tls.refused")).count(), said.toString());

      Files.delete(used().certificate());
      certificate.look();
      certificate.look();
      heard("WARNING tls.refused reason=\"--tls-cert must be a PEM file with certificates", "there is no ");

      put(second.certificate(), used().certificate());
      put(second.key(), used().key());
      certificate.look();
      certificate.look();
      assertEquals(second.read(), certificate.tls().identity());
    }
  }

  @Test
  void aLookThatFailsIsToldOnceAndTheNextOneTakesWhatIsThere() throws IOException {
    TlsFiles first = made("first");
    TlsFiles second = made("second");
    put(first.certificate(), used().certificate());
    put(first.key(), used().key());
    try (var certificate = CertificateInForce.startResting(used(), clock)) {
      failure = new OutOfMemoryError("for a moment");
      certificate.lookOrTell();
      certificate.lookOrTell();
      assertEquals(1, said.stream().filter(line -> line.contains("tls.lookFailed")).count(), said.toString());
      failure = null;
      put(second.certificate(), used().certificate());
      put(second.key(), used().key());
      certificate.lookOrTell();
      certificate.lookOrTell();
      assertEquals(second.read(), certificate.tls().identity());
    }
  }

  /// As Kubernetes and certbot do it: the names stay, and what they point to changes.
  @Test
  void aLinkThatPointsElsewhereIsAChange() throws IOException {
    TlsFiles first = made("first");
    TlsFiles second = made("second");
    Files.createSymbolicLink(used().certificate(), first.certificate());
    Files.createSymbolicLink(used().key(), first.key());
    try (var certificate = CertificateInForce.startResting(used(), clock)) {
      Files.delete(used().certificate());
      Files.delete(used().key());
      Files.createSymbolicLink(used().certificate(), second.certificate());
      Files.createSymbolicLink(used().key(), second.key());
      certificate.look();
      certificate.look();
      assertEquals(second.read(), certificate.tls().identity());
    }
  }

  @Test
  void toldToItTakesOtherFilesAtOnce() throws IOException {
    TlsFiles first = made("first");
    TlsFiles second = made("second");
    try (var certificate = CertificateInForce.startResting(first, clock)) {
      certificate.renew(second);
      assertEquals(second.read(), certificate.tls().identity());
      int lines = said.size();
      certificate.renew(second);
      assertEquals(lines, said.size(), "nothing changed, and something was said");
      certificate.renew(new TlsFiles(first.certificate(), second.key()));
      assertEquals(second.read(), certificate.tls().identity());
      heard("tls.refused");
    }
  }

  @Test
  void anEndThatIsNearIsWarnedOfOnceADay() throws IOException {
    TlsFiles files = made("brief", "--days", "20");
    try (var certificate = CertificateInForce.startResting(files, clock)) {
      assertTrue(said.stream().noneMatch(line -> line.contains("tls.expiresSoon")), said.toString());
      now = now.plus(Duration.ofDays(7));
      certificate.look();
      certificate.look();
      heard("WARNING tls.expiresSoon file=" + files.certificate() + " ");
      assertEquals(1, said.stream().filter(line -> line.contains("tls.expiresSoon")).count(), said.toString());
      now = now.plus(Duration.ofDays(15));
      certificate.look();
      heard("WARNING tls.expired");
    }
  }

  @Test
  void anExpiredOneIsAWarningAndNoRefusal() throws IOException {
    TlsFiles files = made("old", "--days", "1");
    now = now.plus(Duration.ofDays(2));
    try (var _ = CertificateInForce.startResting(files, clock)) {
      heard("WARNING tls.expired file=" + files.certificate() + " ");
    }
    now = now.minus(Duration.ofDays(3));
    try (var _ = CertificateInForce.startResting(files, clock)) {
      heard("WARNING tls.notYetValid");
    }
  }

  @Test
  void settingsThatDoNotGoTogetherAreNamed() throws IOException {
    TlsFiles first = made("first");
    TlsFiles second = made("second");
    assertEquals(Optional.empty(), TlsFiles.of(Optional.empty(), Optional.empty()));
    assertEquals(Optional.of(first), TlsFiles.of(Optional.of(first.certificate()), Optional.of(first.key())));
    refused("--tls-cert and --tls-key belong together, but only --tls-cert is set", Optional.of(first.certificate()),
        Optional.empty());
    refused("but only --tls-key is set", Optional.empty(), Optional.of(first.key()));
    refused("--tls-key must be the key of the certificate in " + first.certificate() + ", got " + second.key(),
        Optional.of(first.certificate()), Optional.of(second.key()));
    assertNotEquals(first.read(), second.read());
  }

  private static void refused(String expected, Optional<Path> certificate, Optional<Path> key) {
    String message = String
        .valueOf(assertThrows(IllegalArgumentException.class, () -> TlsFiles.of(certificate, key)).getMessage());
    assertTrue(message.contains(expected), message);
  }
}
