package hayloft.common.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/// A certificate for `localhost` and 127.0.0.1 that vouches for itself, with its key.
public record MadeCertificate(X509Certificate certificate, PrivateKey key) {

  public static MadeCertificate ec(String name) {
    return made("EC", 256, "SHA256withECDSA", name, Instant.now().plus(Duration.ofDays(1)));
  }

  public static MadeCertificate rsa(String name) {
    return made("RSA", 2048, "SHA256withRSA", name, Instant.now().plus(Duration.ofDays(1)));
  }

  private static MadeCertificate made(String algorithm, int bits, String signature, String name, Instant until) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      KeyPair pair = generator.generateKeyPair();
      var subject = new X500Principal("CN=" + name);
      var builder = new JcaX509v3CertificateBuilder(subject, BigInteger.valueOf(System.nanoTime()),
          Date.from(until.minus(Duration.ofDays(2))), Date.from(until), subject, pair.getPublic());
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[]{
          new GeneralName(GeneralName.dNSName, "localhost"), new GeneralName(GeneralName.iPAddress, "127.0.0.1")}));
      var signer = new JcaContentSignerBuilder(signature).build(pair.getPrivate());
      return new MadeCertificate(new JcaX509CertificateConverter().getCertificate(builder.build(signer)),
          pair.getPrivate());
    } catch (Exception e) {
      throw new AssertionError("no certificate could be made", e);
    }
  }

  public CertifiedKey certified() {
    return new CertifiedKey(List.of(certificate), key);
  }

  /// The key in the form that older tools write: `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
  Path writeOldKey(Path file) throws IOException {
    if (key instanceof java.security.interfaces.ECPrivateKey ec) {
      var named = new ECPrivateKey(256, ec.getS(), SECObjectIdentifiers.secp256r1);
      return write(file, new PemObject("EC PRIVATE KEY", named.getEncoded()));
    }
    return write(file, key);
  }

  /// An EC key in its older form, without its curve's name.
  Path writeNamelessKey(Path file) throws IOException {
    var nameless = new ECPrivateKey(256, ((java.security.interfaces.ECPrivateKey) key).getS());
    return write(file, new PemObject("EC PRIVATE KEY", nameless.getEncoded()));
  }

  Path writeKey(Path file) throws IOException {
    return write(file, new JcaPKCS8Generator(key, null));
  }

  Path writeCertificate(Path file) throws IOException {
    return write(file, certificate);
  }

  private static Path write(Path file, Object what) throws IOException {
    var text = new StringWriter();
    try (var pem = new JcaPEMWriter(text)) {
      pem.writeObject(what);
    }
    return Files.writeString(file, text.toString());
  }
}
