package hayloft.cli.cert;

import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.CertifiedKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;

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
      throw new IOException((first ? certificate : key) + " is there, but not " + (first ? key : certificate));
    }
    return first;
  }

  CertifiedKey read() throws IOException {
    return CertifiedKey.of(CertificateChain.read(certificate), CertifiedKey.readKey(key));
  }

  /// Writes both. Neither is overwritten.
  ///
  /// @throws IOException if one is there
  void write(CertifiedKey made) throws IOException {
    try {
      StringBuilder chain = new StringBuilder();
      for (X509Certificate one : made.chain()) {
        chain.append(block("CERTIFICATE", one.getEncoded()));
      }
      create(key, "rw-------", block("PRIVATE KEY", made.key().getEncoded()));
      create(certificate, "rw-r--r--", chain.toString());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was made has bytes", e);
    }
  }

  private static void create(Path file, String permissions, String text) throws IOException {
    FileAttribute<?>[] attributes = FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
        : new FileAttribute<?>[0];
    try (var channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        attributes)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  private static String block(String label, byte[] der) {
    return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
  }
}
