package hayloft.cli.doctor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ProgramVersion;
import hayloft.cli.ShownText;
import hayloft.cli.server.Exposure;
import hayloft.cli.server.ServerConfig;
import hayloft.cli.server.ServerOptions;
import hayloft.common.http.HostAndPort;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Everything that the doctor found. Immutable.
record Diagnosis(Instant at, List<Finding> findings) {

  private static final int DAYS_TO_RENEW = 14;
  private static final String RENEW = "put a new certificate and its key in their place (hayloft cert create makes "
      + "some): the server takes them by itself";

  Diagnosis {
    findings = List.copyOf(findings);
  }

  /// @param writes whether a small file may be written into each data directory for a moment
  static Diagnosis of(ServerOptions options, Map<String, String> environment, boolean writes)
      throws IOException, InterruptedException {
    List<Finding> findings = new ArrayList<>(new MachineChecks(Path.of("/"), environment).all());
    if (options.directories().isEmpty()) {
      findings.add(Finding.note("store", "no data directory was named",
          "Only the machine was looked at; name the store's with --dir or --config."));
      return new Diagnosis(Instant.now(), findings);
    }
    ServerConfig config = options.config(environment);
    findings.addAll(
        new StoreChecks(config.directories(), config.minFreeBytes(), writes, Mounts.ofThisProcess()).all());
    Exposure.of(config, options.secretFiles()).forEach(one -> findings.add(Finding.warning(one.path() + " permissions",
        "every user of this machine can get at it", "Objects, or secrets, can be read past the server.", one.mend())));
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2));
    String scheme = "http://";
    if (config.tls().isPresent()) {
      findings.add(certificate(config.tls().get().certificate(), Instant.now()));
      client.sslContext(ClientTls.trustingAnybody().context()); // it is asked how it is, and told nothing
      scheme = "https://";
    }
    try (HttpClient http = client.build()) {
      findings.addAll(new ServerChecks(http, uri(scheme, config.volume()), uri(scheme, config.master())).all());
    }
    return new Diagnosis(Instant.now(), findings);
  }

  static Finding certificate(Path file, Instant now) throws IOException {
    Instant end = CertificateChain.read(file).getFirst().getNotAfter().toInstant();
    long days = Duration.between(now, end).toDays();
    String found = "valid until " + end;
    if (end.isBefore(now)) {
      return Finding.fault("certificate " + file, found, "Clients refuse to connect.", RENEW);
    }
    return days < DAYS_TO_RENEW
        ? Finding.warning("certificate " + file, found, "Clients refuse to connect in " + days + " days.", RENEW)
        : Finding.good("certificate " + file, found);
  }

  private static URI uri(String scheme, InetSocketAddress address) {
    return URI.create(scheme + HostAndPort.of(address));
  }

  Finding.Level worst() {
    return findings.stream().map(Finding::level).max(Comparator.naturalOrder()).orElse(Finding.Level.GOOD);
  }

  private long count(Finding.Level level) {
    return findings.stream().filter(finding -> finding.level() == level).count();
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("version", ProgramVersion.numberAndCommit())
        .put("at", at.toString()).put("worst", worst().name().toLowerCase(Locale.ROOT));
    ArrayNode list = json.putArray("findings");
    findings.forEach(finding -> list.add(finding.toJson()));
    return json;
  }

  String toText() {
    var text = new StringBuilder();
    for (Finding finding : findings) {
      text.append(String.format(Locale.ROOT, "%-8s %s: %s%n", finding.level().name().toLowerCase(Locale.ROOT),
          ShownText.of(finding.about()), ShownText.of(finding.found())));
      if (!finding.why().isEmpty()) {
        text.append("           ").append(ShownText.of(finding.why())).append('\n');
      }
      if (!finding.fix().isEmpty()) {
        text.append("           -> ").append(ShownText.of(finding.fix())).append('\n');
      }
    }
    return text.append(count(Finding.Level.FAULT)).append(" faults, ").append(count(Finding.Level.WARNING))
        .append(" warnings, ").append(count(Finding.Level.NOTE)).append(" notes\n").toString();
  }
}
