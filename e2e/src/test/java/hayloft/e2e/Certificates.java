package hayloft.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// What `hayloft cert create` made in a directory, and a server's use of it.
record Certificates(Path directory) {

  /// Makes an authority and a certificate for the loopback.
  static Certificates create(Path directory) throws IOException, InterruptedException {
    var made = new Certificates(directory);
    made.create("server");
    return made;
  }

  private void create(String name) throws IOException, InterruptedException {
    Path said = directory.resolveSibling("cert-" + name + ".log");
    Process process = new ProcessBuilder(Path.of(System.getProperty("hayloft.home"), "hayloft").toString(), "cert",
        "create", "--out", directory.toString(), "--name", name, "--host", name + ".test")
        .redirectErrorStream(true).redirectOutput(said.toFile()).start();
    if (process.waitFor() != 0) {
      throw new IOException(Files.readString(said));
    }
  }

  /// Puts another certificate of the same authority in the place of the server's, as a renewal does.
  void renew() throws IOException, InterruptedException {
    create("renewed");
    for (String ending : List.of(".crt", ".key")) {
      Files.move(directory.resolve("renewed" + ending), directory.resolve("server" + ending),
          StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  Path authority() {
    return directory.resolve("ca.crt");
  }

  /// For `hayloft server`.
  String[] flags() {
    return new String[]{"--tls-cert", directory.resolve("server.crt").toString(), "--tls-key",
        directory.resolve("server.key").toString()};
  }

  /// Trusts the authority and nobody else.
  SSLContext trust() throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trustManagers(), null);
    return context;
  }

  /// The same, for clients that make their own context.
  TrustManager[] trustManagers() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(authority())) {
      store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
