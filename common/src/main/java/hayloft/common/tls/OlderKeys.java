package hayloft.common.tls;

import java.io.IOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/// Private keys of the two forms that Java does not read, as PKCS#8, which it does. The only class of a server that
/// knows BouncyCastle: a start with a key in PKCS#8 loads nothing of it. Stateless.
final class OlderKeys {

  private OlderKeys() {}

  /// @param der of an `RSA PRIVATE KEY`, [RFC 8017](https://www.rfc-editor.org/rfc/rfc8017) appendix A.1.2
  static byte[] pkcs8OfRsa(byte[] der) throws IOException {
    try {
      return new PrivateKeyInfo(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
          RSAPrivateKey.getInstance(der)).getEncoded();
    } catch (RuntimeException e) { // of many kinds, by what is wrong with the bytes
      throw new UnfitPemException("its RSA PRIVATE KEY is cut short or broken", e);
    }
  }

  /// @param der of an `EC PRIVATE KEY`, [RFC 5915](https://www.rfc-editor.org/rfc/rfc5915)
  /// @param parameters of the block `EC PARAMETERS` before it, null if there is none: then the key names its curve
  static byte[] pkcs8OfEc(byte[] der, byte @Nullable [] parameters) throws IOException {
    try {
      ECPrivateKey key = ECPrivateKey.getInstance(der);
      ASN1Encodable curve = parameters == null
          ? key.getParametersObject()
          : ASN1Primitive.fromByteArray(parameters);
      if (curve == null) {
        throw new UnfitPemException("its EC PRIVATE KEY does not name its curve");
      }
      return new PrivateKeyInfo(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), key).getEncoded();
    } catch (UnfitPemException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new UnfitPemException("its EC PRIVATE KEY is cut short or broken", e);
    }
  }
}
