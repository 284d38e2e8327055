package hayloft.cli.cert;

import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.cli.files.HalfWritten;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.CertifiedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;

/// Two files: a certificate, which everybody may read, and its key, which is its owner's. Immutable.
record KeyFiles(Path certificate, Path key) {

  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[]{'\n'});

  /// `NAME.crt` and `NAME.key`.
  static KeyFiles in(Path directory, String name) {
    return new KeyFiles(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
  }

  /// @throws IOException if only one of the two is there
  boolean exist() throws IOException {
    boolean first = Files.exists(certificate);
    if (first != Files.exists(key)) {
      throw new IOException(alone(first ? certificate : key, first ? key : certificate));
    }
    return first;
  }

  private static String alone(Path there, Path missing) {
    return there + " is there without " + missing + ", which belongs to it. Put " + missing.getFileName()
        + " back; or take " + there.getFileName() + " away, if a run that was killed has left it, and make both anew";
  }

  /// Like [#exist] for files that are to be made.
  ///
  /// @throws IOException if one is there, or both
  void requireNone() throws IOException {
    if (exist()) {
      throw new IOException(
          certificate + " is there already and is not overwritten; give the new one another --name");
    }
  }

  CertifiedKey read() throws IOException {
    return CertifiedKey.of(CertificateChain.read(certificate), CertifiedKey.readKey(key));
  }

  /// Writes both. Neither is overwritten, and neither is there alone afterwards.
  ///
  /// @throws IOException if one is there
  void write(CertifiedKey made) throws IOException {
    try (HalfWritten secret = HalfWritten.ofNew(key, HalfWritten.Readers.OWNER);
        HalfWritten open = HalfWritten.ofNew(certificate, HalfWritten.Readers.EVERYBODY)) {
      StringBuilder chain = new StringBuilder();
      for (X509Certificate one : made.chain()) {
        chain.append(block("CERTIFICATE", one.getEncoded()));
      }
      secret.stream().write(block("PRIVATE KEY", made.key().getEncoded()).getBytes(US_ASCII));
      open.stream().write(chain.toString().getBytes(US_ASCII));
      HalfWritten.finish(List.of(secret, open));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was made has bytes", e);
    }
  }

  private static String block(String label, byte[] der) {
    return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
  }
}
