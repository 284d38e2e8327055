package hayloft.cli.cert;

import hayloft.common.tls.CertifiedKey;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// An authority of one's own, which vouches for servers. All keys are ECDSA on P-256, which every client knows and
/// which costs a handshake least. Extensions are those that [RFC 5280](https://www.rfc-editor.org/rfc/rfc5280) section
/// 4.2 asks for, so that strict clients (Python 3.13 is one) take them. Immutable.
final class CertificateAuthority {

  static final Duration LIFE = Duration.ofDays(3650);

  private static final String SIGNATURE = "SHA256withECDSA";
  private static final int SERIAL_BITS = 159; // positive, and within the 20 bytes that there are
  private static final int MAX_COMMON_NAME = 64;
  /// Clients with a clock that is behind take a new certificate, too.
  private static final Duration CLOCK_SKEW = Duration.ofHours(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final CertifiedKey self;

  private CertificateAuthority(CertifiedKey self) {
    this.self = self;
  }

  /// A new one. Its name has some random digits, so that several can be told apart where they are trusted.
  static CertificateAuthority create(Instant now) {
    byte[] digits = new byte[3];
    RANDOM.nextBytes(digits);
    var name = new X500Principal("CN=Hayloft local CA " + HexFormat.of().formatHex(digits));
    KeyPair pair = newPair();
    try {
      var builder = builder(name, name, pair.getPublic(), now, now.plus(LIFE));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return new CertificateAuthority(
          new CertifiedKey(List.of(signed(builder, pair.getPrivate())), pair.getPrivate()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("every Java can sign with ECDSA", e);
    }
  }

  /// One that was made before.
  ///
  /// @throws IllegalArgumentException if it may not vouch for others
  static CertificateAuthority of(CertifiedKey made) {
    boolean[] usage = made.certificate().getKeyUsage();
    if (made.certificate().getBasicConstraints() < 0 || usage != null && !usage[5]) {
      throw new IllegalArgumentException(
          made.certificate().getSubjectX500Principal() + " is no authority: it may not vouch for other certificates");
    }
    return new CertificateAuthority(made);
  }

  CertifiedKey self() {
    return self;
  }

  /// A certificate for a server, with a new key. It ends with its authority if it would outlive it.
  ///
  /// @param hosts at least one; the first is its common name
  CertifiedKey issue(List<HostName> hosts, Instant now, Duration life) {
    Instant until = now.plus(life).isBefore(self.notAfter()) ? now.plus(life) : self.notAfter();
    KeyPair pair = newPair();
    try {
      var builder = builder(self.certificate().getSubjectX500Principal(), commonName(hosts.getFirst()),
          pair.getPublic(), now, until);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(hosts.stream().map(
          host -> new GeneralName(host.isAddress() ? GeneralName.iPAddress : GeneralName.dNSName, host.text()))
          .toArray(GeneralName[]::new)));
      builder.addExtension(Extension.authorityKeyIdentifier, false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(self.certificate()));
      return new CertifiedKey(List.of(signed(builder, self.key())), pair.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("every Java can sign with ECDSA", e);
    }
  }

  private static X500Principal commonName(HostName host) {
    return new X500Principal("CN=" + (host.text().length() > MAX_COMMON_NAME ? "Hayloft" : host.text()));
  }

  private static JcaX509v3CertificateBuilder builder(X500Principal issuer, X500Principal subject, PublicKey key,
      Instant now, Instant until) throws GeneralSecurityException, IOException {
    var builder = new JcaX509v3CertificateBuilder(issuer, new BigInteger(SERIAL_BITS, RANDOM),
        Date.from(now.minus(CLOCK_SKEW)), Date.from(until), subject, key);
    builder.addExtension(Extension.subjectKeyIdentifier, false,
        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
    return builder;
  }

  private static X509Certificate signed(JcaX509v3CertificateBuilder builder, PrivateKey with)
      throws GeneralSecurityException, OperatorCreationException {
    String signature = with.getAlgorithm().equals("EC") ? SIGNATURE : "SHA256withRSA"; // an authority from elsewhere
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(with)));
  }

  private static KeyPair newPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has P-256", e);
    }
  }
}
