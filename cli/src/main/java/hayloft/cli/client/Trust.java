package hayloft.cli.client;

import hayloft.cli.FileFault;
import hayloft.cli.config.WrongConfigurationException;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.ClientTls;
import hayloft.common.tls.UnfitPemException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Whom a client believes to be the server, by what its user has said. Stateless.
public final class Trust {

  private static final String AWS_CA_BUNDLE = "AWS_CA_BUNDLE";

  private Trust() {}

  /// Empty if the endpoint is plain HTTP.
  ///
  /// @param insecure whether anybody is believed
  /// @param authorities file with those who vouch for the server; without it the environment's `AWS_CA_BUNDLE`, and
  ///   without that the public ones
  /// @throws WrongConfigurationException if the file cannot be read, or is none of certificates
  public static Optional<ClientTls> of(URI endpoint, boolean insecure, Optional<Path> authorities,
      Map<String, String> environment) throws IOException {
    if (!"https".equals(endpoint.getScheme())) {
      return Optional.empty();
    }
    if (insecure) {
      return Optional.of(ClientTls.trustingAnybody());
    }
    String bundle = environment.getOrDefault(AWS_CA_BUNDLE, "");
    Optional<Path> file = authorities.isPresent() || bundle.isEmpty() ? authorities : Optional.of(Path.of(bundle));
    if (file.isEmpty()) {
      return Optional.of(ClientTls.trustingPublicAuthorities());
    }
    return Optional.of(
        ClientTls.trusting(certificates(authorities.isPresent() ? "--ca" : AWS_CA_BUNDLE, file.get())));
  }

  /// The server of this machine, which shows the certificate of this file.
  ///
  /// @throws WrongConfigurationException if it cannot be read, or is none of certificates
  public static ClientTls ofCertificate(Path file) throws IOException {
    return ClientTls.trustingOnly(certificates("tls-cert", file).getFirst());
  }

  private static List<X509Certificate> certificates(String setting, Path file) throws IOException {
    try {
      return CertificateChain.read(file);
    } catch (UnfitPemException e) {
      throw new WrongConfigurationException(
          setting + " must be a PEM file with certificates, got " + file + " (" + e.why() + ")", e);
    } catch (IOException e) {
      throw new WrongConfigurationException("the certificates in " + file + " cannot be read: " + FileFault.text(e), e);
    }
  }
}
