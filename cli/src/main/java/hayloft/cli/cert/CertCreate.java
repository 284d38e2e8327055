package hayloft.cli.cert;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Mixin;
import hayloft.cli.AnswerForm;
import hayloft.cli.ProgramVersion;
import hayloft.cli.config.Allowed;
import hayloft.common.tls.CertifiedKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft cert create`.
@Command(name = "create", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Makes a certificate for a server, and the first time an authority of your own that vouches for it. Clients "
            + "that trust the authority (ca.crt) trust every certificate that is made in the same directory. Nothing "
            + "is overwritten.",
        ""},
    footer = {"", "Examples:",
        "  hayloft cert create --host s3.lan --host 192.168.1.20",
        "  hayloft cert create --host node2.lan --name node2      another one, from the same authority",
        "  hayloft server --dir data --tls-cert certs/server.crt --tls-key certs/server.key"},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "0:made",
        "1:not made: a file is there already, or cannot be written",
        "2:wrong usage"})
public final class CertCreate implements Callable<Integer> {

  private static final List<HostName> ALWAYS = List.of(HostName.of("localhost"), HostName.of("127.0.0.1"),
      HostName.of("::1"));

  private static final String AUTHORITY = "ca";

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--host", paramLabel = "NAME", converter = HostName.Converter.class, description = "Name or address "
      + "that clients use for the server; may be repeated. *.s3.lan is for buckets in the host name. localhost, "
      + "127.0.0.1 and ::1 are always in.")
  private List<HostName> hosts = new ArrayList<>();

  @Option(names = "--days", paramLabel = "N", defaultValue = "825", converter = Allowed.Count.class,
      description = "How long it is valid (default: ${DEFAULT-VALUE}, which is the most that clients of Apple's take). "
          + "The authority's own is valid for ten years.")
  private int days;

  @Option(names = "--out", paramLabel = "DIR", defaultValue = "certs", converter = Allowed.WritableDirectory.class,
      description = "Where the files go (default: ${DEFAULT-VALUE}). An authority that is there, ca.crt and ca.key, is "
          + "used again.")
  private Path out = Path.of("certs");

  @Option(names = "--name", paramLabel = "NAME", defaultValue = "server", converter = Allowed.FileName.class,
      description = "The files are NAME.crt and NAME.key (default: ${DEFAULT-VALUE}).")
  private String name = "server";

  @Mixin
  private AnswerForm form = new AnswerForm();

  @Override
  public Integer call() throws IOException {
    if (name.equals(AUTHORITY)) {
      throw new ParameterException(spec.commandLine(),
          "--name must be another than " + AUTHORITY + ", the authority's own");
    }
    KeyFiles ca = KeyFiles.in(out, AUTHORITY);
    KeyFiles server = KeyFiles.in(out, name);
    server.requireNone();
    Instant now = Instant.now();
    boolean hasAuthority = ca.exist();
    CertificateAuthority authority = hasAuthority
        ? CertificateAuthority.of(ca.read())
        : CertificateAuthority.create(now);
    if (authority.self().notAfter().isBefore(now)) {
      throw new IOException(ca.certificate() + " has expired on " + day(authority.self())
          + "; make a new authority in another directory");
    }
    Set<HostName> all = new LinkedHashSet<>(hosts);
    all.addAll(ALWAYS);
    CertifiedKey made = authority.issue(List.copyOf(all), now, Duration.ofDays(days));
    Files.createDirectories(out);
    if (!hasAuthority) {
      ca.write(authority.self());
    }
    server.write(made);
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.set("authority", json(ca, authority.self()).put("made", !hasAuthority));
    ObjectNode own = json(server, made);
    all.forEach(host -> own.withArray("names").add(host.text()));
    document.set("server", own);
    form.answer(spec.commandLine().getOut(), document,
        print -> tell(print, ca, hasAuthority, authority.self(), server, made, all));
    return 0;
  }

  private static ObjectNode json(KeyFiles files, CertifiedKey of) {
    return JsonNodeFactory.instance.objectNode().put("certificate", files.certificate().toString())
        .put("key", files.key().toString()).put("notAfter", of.notAfter().toString());
  }

  private static void tell(PrintWriter print, KeyFiles ca, boolean hadAuthority, CertifiedKey authority,
      KeyFiles server, CertifiedKey made, Set<HostName> all) {
    int width = Math.max(ca.certificate().toString().length(), server.certificate().toString().length());
    String line = "%-" + width + "s  %s%n";
    print.printf(line, ca.certificate(), (hadAuthority ? "used: " : "made: ") + "the authority, "
        + authority.certificate().getSubjectX500Principal() + ", until " + day(authority));
    print.printf(line, ca.key(), "its key: servers do not need it; whoever has it can pretend to be any server");
    print.printf(line, server.certificate(), "made: for "
        + all.stream().map(HostName::text).collect(Collectors.joining(", ")) + ", until " + day(made));
    print.printf(line, server.key(), "its key, for the server alone");
    HostName host = all.iterator().next();
    String url = "https://" + (host.text().contains(":") ? "[" + host.text() + "]" : host.text().replace("*.", ""))
        + ":8333";
    Path trusted = ca.certificate().toAbsolutePath().normalize();
    print.println();
    print.println("The server:");
    print.println("  hayloft server --tls-cert " + server.certificate() + " --tls-key " + server.key() + " ...");
    print.println();
    print.println("Its clients, which need " + ca.certificate() + " and nothing else:");
    print.println("  export AWS_CA_BUNDLE=" + trusted + "      AWS CLI, boto3, hayloft bench");
    print.println("  aws --ca-bundle " + trusted + " --endpoint-url " + url + " s3 ls");
    print.println("  curl --cacert " + trusted + " " + url + "/healthz");
    print.println("  hayloft bench put --ca " + trusted + " --endpoint " + url);
  }

  private static String day(CertifiedKey of) {
    return of.notAfter().atZone(ZoneOffset.UTC).toLocalDate().toString();
  }
}
