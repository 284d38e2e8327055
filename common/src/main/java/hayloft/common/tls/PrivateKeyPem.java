package hayloft.common.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The private key in a PEM file. Stateless.
///
/// Java reads PKCS#8 (`PRIVATE KEY`) only. The two older forms are a part of it, and get the rest around them:
///
///     PKCS#8            SEQUENCE { INTEGER 0, SEQUENCE { algorithm, parameters }, OCTET STRING { key } }
///     RSA PRIVATE KEY   key; algorithm is rsaEncryption, parameters NULL          RFC 8017 appendix A.1.2
///     EC PRIVATE KEY    key = SEQUENCE { INTEGER 1, OCTET STRING, [0] curve, … }; algorithm is id-ecPublicKey, parameters
///                       the curve, which is in the key or in a block EC PARAMETERS before it      RFC 5915
final class PrivateKeyPem {

  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int SEQUENCE = 0x30;
  private static final int TAGGED_0 = 0xa0;

  private static final byte[] VERSION_0 = {INTEGER, 1, 0};
  private static final byte[] RSA_ENCRYPTION = {OBJECT_IDENTIFIER, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7,
      0x0d, 1, 1, 1};
  private static final byte[] NULL = {5, 0};
  private static final byte[] EC_PUBLIC_KEY = {OBJECT_IDENTIFIER, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  private PrivateKeyPem() {}

  /// @throws UnfitPemException if there is none, or several, or one with a password, or of an algorithm that TLS is not spoken with here
  static PrivateKey read(Path file) throws IOException {
    byte @Nullable [] curve = null;
    Optional<PrivateKey> found = Optional.empty();
    for (Pem block : Pem.read(file)) {
      if (block.label().equals("EC PARAMETERS")) {
        curve = block.der();
      } else if (block.label().endsWith("PRIVATE KEY")) {
        if (found.isPresent()) {
          throw new UnfitPemException("it has several private keys");
        }
        found = Optional.of(key(block, curve));
      }
    }
    return found.orElseThrow(() -> new UnfitPemException("it has no private key"));
  }

  private static PrivateKey key(Pem block, byte @Nullable [] curve) throws UnfitPemException {
    if (block.isEncrypted()) {
      throw new UnfitPemException("its key is encrypted, and a server that starts by itself has nobody to ask for the"
          + " password; openssl pkey -in FILE -out NEW writes it without");
    }
    return switch (block.label()) {
      case "PRIVATE KEY" -> decode(block.der(), List.of("EC", "RSA"));
      case "RSA PRIVATE KEY" -> decode(pkcs8(RSA_ENCRYPTION, NULL, block.der()), List.of("RSA"));
      case "EC PRIVATE KEY" -> decode(pkcs8(EC_PUBLIC_KEY, curve != null ? curve : curve(block.der()), block.der()),
          List.of("EC"));
      default -> throw new UnfitPemException("its " + block.label() + " is of no kind that is known; RSA and EC are");
    };
  }

  private static PrivateKey decode(byte[] pkcs8, List<String> algorithms) throws UnfitPemException {
    var refusal = new UnfitPemException("its private key is neither RSA nor EC, or broken");
    for (String algorithm : algorithms) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException e) {
        refusal.addSuppressed(e);
      }
    }
    throw refusal;
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] parameters, byte[] key) {
    return wrap(SEQUENCE, VERSION_0, wrap(SEQUENCE, algorithm, parameters), wrap(OCTET_STRING, key));
  }

  /// The object identifier of the curve, out of the key itself.
  private static byte[] curve(byte[] key) throws UnfitPemException {
    try {
      int at = contentStart(key, 0, SEQUENCE);
      at = end(key, at, INTEGER);
      at = end(key, at, OCTET_STRING);
      int curve = contentStart(key, at, TAGGED_0);
      return Arrays.copyOfRange(key, curve, end(key, curve, OBJECT_IDENTIFIER));
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new UnfitPemException("its EC PRIVATE KEY is cut short or does not name its curve", e);
    }
  }

  private static int end(byte[] der, int at, int tag) throws UnfitPemException {
    int start = contentStart(der, at, tag);
    int end = start + length(der, at);
    if (end > der.length) {
      throw new UnfitPemException("its EC PRIVATE KEY is cut short");
    }
    return end;
  }

  private static int contentStart(byte[] der, int at, int tag) throws UnfitPemException {
    if ((der[at] & 0xff) != tag) {
      throw new UnfitPemException("its EC PRIVATE KEY does not name its curve");
    }
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first - 0x80);
  }

  /// Of lengths that need at most two bytes, which every part of such a key does.
  private static int length(byte[] der, int at) throws UnfitPemException {
    int first = der[at + 1] & 0xff;
    return switch (first) {
      case 0x81 -> der[at + 2] & 0xff;
      case 0x82 -> (der[at + 2] & 0xff) << 8 | (der[at + 3] & 0xff);
      default -> {
        if (first >= 0x80) {
          throw new UnfitPemException("its EC PRIVATE KEY is longer than any");
        }
        yield first;
      }
    };
  }

  private static byte[] wrap(int tag, byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    int head = length < 0x80 ? 2 : length < 0x100 ? 3 : 4;
    byte[] wrapped = new byte[head + length];
    wrapped[0] = (byte) tag;
    switch (head) {
      case 2 -> wrapped[1] = (byte) length;
      case 3 -> {
        wrapped[1] = (byte) 0x81;
        wrapped[2] = (byte) length;
      }
      default -> {
        wrapped[1] = (byte) 0x82;
        wrapped[2] = (byte) (length >> 8);
        wrapped[3] = (byte) length;
      }
    }
    int at = head;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, wrapped, at, part.length);
      at += part.length;
    }
    return wrapped;
  }
}
