package hayloft.cli.server;

import hayloft.cli.FileFault;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.CertifiedKey;
import hayloft.common.tls.UnfitPemException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// Where the server's certificate and its key lie. Immutable.
public record TlsFiles(Path certificate, Path key) {

  /// What was set, if anything.
  ///
  /// @throws IllegalArgumentException if one was set without the other, or they do not belong together
  static Optional<TlsFiles> of(Optional<Path> certificate, Optional<Path> key) {
    if (certificate.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException("--tls-cert and --tls-key belong together, but only "
          + (certificate.isPresent() ? "--tls-cert" : "--tls-key") + " is set");
    }
    if (certificate.isEmpty() || key.isEmpty()) {
      return Optional.empty();
    }
    var files = new TlsFiles(certificate.get(), key.get());
    try {
      files.read();
    } catch (IOException e) {
      throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
    }
    return Optional.of(files);
  }

  /// @throws IOException if they cannot be read or do not fit; the message names the setting
  CertifiedKey read() throws IOException {
    List<X509Certificate> chain = named("--tls-cert must be a PEM file with certificates, got ", certificate,
        CertificateChain::read);
    PrivateKey secret = named("--tls-key must be a PEM file with a private key, got ", key, CertifiedKey::readKey);
    return named("--tls-key must be the key of the certificate in " + certificate + ", got ", key,
        _ -> CertifiedKey.of(chain, secret));
  }

  private interface Step<T> {
    T from(Path file) throws IOException;
  }

  private static <T> T named(String must, Path file, Step<T> step) throws IOException {
    try {
      return step.from(file);
    } catch (UnfitPemException e) {
      throw new IOException(must + file + " (" + e.why() + ")", e);
    } catch (IOException e) {
      throw new IOException(must + file + " (" + FileFault.text(e) + ")", e);
    }
  }
}
