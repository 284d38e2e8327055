package hayloft.common.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/// A private key and the certificates that say whose it is: what a server needs to show who it is. Immutable.
///
/// @param chain the server's own certificate first, then those that vouch for it; the root may be left out
/// @param key belongs to the first certificate
public record CertifiedKey(List<X509Certificate> chain, PrivateKey key) {

  private static final byte[] PROBE = {1, 9, 6, 9};

  /// @throws IllegalArgumentException if the key is another certificate's
  public CertifiedKey {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a key without a certificate");
    }
    if (!belongTogether(chain.getFirst().getPublicKey(), key)) {
      throw new IllegalArgumentException("the key is not the first certificate's");
    }
  }

  /// @param key RSA or EC, without a password
  /// @throws UnfitPemException if the file holds no such thing
  public static PrivateKey readKey(Path key) throws IOException {
    return PrivateKeyPem.read(key);
  }

  /// Puts together what was read from two files.
  ///
  /// @throws UnfitPemException if the key is another certificate's
  public static CertifiedKey of(List<X509Certificate> chain, PrivateKey key) throws UnfitPemException {
    try {
      return new CertifiedKey(chain, key);
    } catch (IllegalArgumentException e) {
      boolean ofAnother = chain.stream().anyMatch(one -> belongTogether(one.getPublicKey(), key));
      throw new UnfitPemException(ofAnother
          ? "it belongs to a certificate that is not the first of its file; the server's own comes first, then those "
              + "that vouch for it"
          : "it belongs to another certificate", e);
    }
  }

  private static boolean belongTogether(PublicKey open, PrivateKey secret) {
    if (!open.getAlgorithm().equals(secret.getAlgorithm())) {
      return false;
    }
    try {
      var signature = Signature.getInstance(open.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
      signature.initSign(secret);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(open);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (GeneralSecurityException _) { // of different curves or lengths
      return false;
    }
  }

  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /// From when on clients take it.
  public Instant notBefore() {
    return certificate().getNotBefore().toInstant();
  }

  /// The last moment at which clients take it.
  public Instant notAfter() {
    return certificate().getNotAfter().toInstant();
  }

  /// Host names and addresses that clients may know the server by.
  public List<String> names() {
    return CertificateChain.names(certificate());
  }

  /// Nothing of the key.
  @Override
  public String toString() {
    return "CertifiedKey[" + certificate().getSubjectX500Principal() + ", until " + notAfter() + "]";
  }
}
