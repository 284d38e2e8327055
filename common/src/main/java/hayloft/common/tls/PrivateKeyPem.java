package hayloft.common.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECKey;
import java.security.spec.ECParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The private key in a PEM file: PKCS#8 (`PRIVATE KEY`), which Java reads, or one of the [OlderKeys]. Stateless.
final class PrivateKeyPem {

  private PrivateKeyPem() {}

  /// @throws UnfitPemException if there is none, or several, or one with a password, or of an algorithm that TLS is not
  ///   spoken with here
  static PrivateKey read(Path file) throws IOException {
    byte @Nullable [] parameters = null;
    Optional<PrivateKey> found = Optional.empty();
    for (Pem block : Pem.read(file)) {
      if (block.label().equals("EC PARAMETERS")) {
        parameters = block.der();
      } else if (block.label().endsWith("PRIVATE KEY")) {
        if (found.isPresent()) {
          throw new UnfitPemException("it has several private keys");
        }
        found = Optional.of(key(block, parameters));
      }
    }
    return found.orElseThrow(() -> new UnfitPemException("it has no private key"));
  }

  private static PrivateKey key(Pem block, byte @Nullable [] parameters) throws IOException {
    if (block.isEncrypted()) {
      throw new UnfitPemException("its key is encrypted, and a server that starts by itself has nobody to ask for the"
          + " password; openssl pkey -in FILE -out NEW writes it without");
    }
    return switch (block.label()) {
      case "PRIVATE KEY" -> decode(block.der(), List.of("EC", "RSA"));
      case "RSA PRIVATE KEY" -> decode(OlderKeys.pkcs8OfRsa(block.der()), List.of("RSA"));
      case "EC PRIVATE KEY" -> decode(OlderKeys.pkcs8OfEc(block.der(), parameters), List.of("EC"));
      default -> throw new UnfitPemException("its " + block.label() + " is of no kind that is known; RSA and EC are");
    };
  }

  private static PrivateKey decode(byte[] pkcs8, List<String> algorithms) throws UnfitPemException {
    var refusal = new UnfitPemException("its private key is neither RSA nor EC, or broken");
    for (String algorithm : algorithms) {
      try {
        PrivateKey key = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        if (key instanceof ECKey ec) {
          requireCurve(ec.getParams());
        }
        return key;
      } catch (GeneralSecurityException e) {
        refusal.addSuppressed(e);
      }
    }
    throw refusal;
  }

  /// Java reads keys of more curves than it signs with.
  private static void requireCurve(ECParameterSpec curve) throws UnfitPemException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    try {
      generator.initialize(curve);
    } catch (InvalidAlgorithmParameterException e) {
      throw new UnfitPemException(
          "its key is on the curve " + curve + ", which is not taken; P-256 (prime256v1), P-384 "
              + "and P-521 are",
          e);
    }
  }
}
