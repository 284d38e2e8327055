package hayloft.common.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The certificates of a PEM file, in its order, and what they say. Stateless.
public final class CertificateChain {

  private static final int NAME_OF_HOST = 2;
  private static final int NAME_OF_ADDRESS = 7;

  private CertificateChain() {}

  /// @return one or more; what else the file holds is passed over
  /// @throws UnfitPemException if it holds none, or one that cannot be read
  public static List<X509Certificate> read(Path file) throws IOException {
    List<X509Certificate> chain = new ArrayList<>();
    for (Pem block : Pem.read(file)) {
      if (block.label().equals("CERTIFICATE")) {
        chain.add(certificate(block.der(), chain.size() + 1));
      }
    }
    if (chain.isEmpty()) {
      throw new UnfitPemException("it has no certificate");
    }
    return List.copyOf(chain);
  }

  private static X509Certificate certificate(byte[] der, int number) throws UnfitPemException {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new UnfitPemException("its certificate " + number + " cannot be read: " + e.getMessage(), e);
    }
  }

  /// Host names and addresses that it is for.
  public static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives == null) {
        return List.of();
      }
      for (List<?> name : alternatives) {
        int kind = (Integer) name.get(0);
        if (kind == NAME_OF_HOST || kind == NAME_OF_ADDRESS) {
          names.add(String.valueOf(name.get(1)));
        }
      }
      return List.copyOf(names);
    } catch (CertificateException _) { // names that cannot be read match no host
      return List.of();
    }
  }

  /// SHA-256 over the certificate, in hex: the same that browsers and `openssl x509 -fingerprint -sha256` show, without
  /// colons.
  public static String fingerprint(X509Certificate certificate) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException | CertificateException e) {
      throw new IllegalStateException("a certificate that was read has bytes, and every Java has SHA-256", e);
    }
  }
}
