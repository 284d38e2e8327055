package hayloft.cli.cert;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Mixin;
import hayloft.cli.AnswerForm;
import hayloft.cli.ProgramVersion;
import hayloft.cli.config.Allowed;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.UnfitPemException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft cert show`.
@Command(name = "show", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Shows what the certificates in a PEM file say.",
    ""}, exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:shown",
        "1:the file has no certificate, or one that cannot be read",
        "2:wrong usage"})
public final class CertShow implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", converter = Allowed.ReadableFile.class, description = "A PEM file with "
      + "one certificate or several.")
  private Path file = Path.of("");

  @Mixin
  private AnswerForm form = new AnswerForm();

  @Override
  public Integer call() throws IOException {
    try {
      List<X509Certificate> chain = CertificateChain.read(file);
      ObjectNode document = JsonNodeFactory.instance.objectNode().put("file", file.toString());
      ArrayNode certificates = document.putArray("certificates");
      chain.forEach(one -> certificates.add(json(one)));
      form.answer(spec.commandLine().getOut(), document, out -> {
        for (int i = 0; i < chain.size(); i++) {
          out.println(file + ", certificate " + (i + 1) + " of " + chain.size());
          show(out, chain.get(i), Instant.now());
        }
      });
    } catch (UnfitPemException e) {
      throw new IOException(file + ": " + e.why(), e);
    }
    return 0;
  }

  private static ObjectNode json(X509Certificate certificate) {
    ObjectNode json = JsonNodeFactory.instance.objectNode()
        .put("subject", certificate.getSubjectX500Principal().toString());
    CertificateChain.names(certificate).forEach(json.putArray("names")::add);
    return json.put("authority", certificate.getBasicConstraints() >= 0)
        .put("issuer", certificate.getIssuerX500Principal().toString())
        .put("notBefore", certificate.getNotBefore().toInstant().toString())
        .put("notAfter", certificate.getNotAfter().toInstant().toString()).put("key", key(certificate.getPublicKey()))
        .put("sha256", CertificateChain.fingerprint(certificate));
  }

  static void show(PrintWriter out, X509Certificate certificate, Instant now) {
    out.println("  subject  " + certificate.getSubjectX500Principal());
    List<String> names = CertificateChain.names(certificate);
    if (!names.isEmpty()) {
      out.println("  names    " + String.join(", ", names));
    }
    if (certificate.getBasicConstraints() >= 0) {
      out.println("  for      vouching for other certificates");
    }
    out.println("  issuer   " + certificate.getIssuerX500Principal());
    out.println("  valid    " + certificate.getNotBefore().toInstant() + " to " + certificate.getNotAfter().toInstant()
        + ", " + validity(certificate, now));
    out.println("  key      " + key(certificate.getPublicKey()));
    out.println("  sha256   " + CertificateChain.fingerprint(certificate));
  }

  private static String validity(X509Certificate certificate, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    if (now.isAfter(until)) {
      return "EXPIRED " + Duration.between(until, now).toDays() + " days ago";
    }
    return now.isBefore(from) ? "NOT YET VALID" : Duration.between(now, until).toDays() + " days left";
  }

  private static String key(PublicKey key) {
    return switch (key) {
      case ECPublicKey ec -> "EC, " + ec.getParams().getCurve().getField().getFieldSize() + " bits";
      case RSAPublicKey rsa -> "RSA, " + rsa.getModulus().bitLength() + " bits";
      default -> key.getAlgorithm();
    };
  }
}
