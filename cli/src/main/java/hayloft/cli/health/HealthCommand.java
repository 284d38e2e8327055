package hayloft.cli.health;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ProgramVersion;
import hayloft.cli.ShownText;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.common.http.HostAndPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hayloft health`.
@Command(name = "health", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Asks the server of this machine whether it serves, and prints what it answers.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:it serves",
        "1:it does not serve yet or any more, or nobody answers",
        "2:wrong usage, or something in the configuration is wrong"})
public final class HealthCommand implements Callable<Integer>, Configurable {

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ServerAddress server = new ServerAddress();

  @Option(names = "--live", description = "Ask only whether the process lives: 0 during a long start, too.")
  private boolean live;

  @Option(names = "--json", description = "One JSON document: ready, state and reason of the server as its S3 port "
      + "has it, version, and the same for each role. The exit code is the same.")
  private boolean json;

  @Override
  public void configured(Configuration configuration) {
    // its values are in the mixins
  }

  @Override
  public Integer call() throws IOException {
    if (json) {
      return tellAll(live ? "/healthz" : "/readyz");
    }
    var answer = new HealthProbe(server.reachable(), server.tls(), PATIENCE).ask(live ? "/healthz" : "/readyz");
    if (!answer.isGood()) {
      throw new IOException(
          "the server at " + HostAndPort.of(server.reachable()) + " is " + ShownText.of(answer.body()));
    }
    spec.commandLine().getOut().println(ShownText.lines(answer.body()));
    spec.commandLine().getOut().flush();
    return 0;
  }

  private int tellAll(String path) {
    Map<String, InetSocketAddress> roles = new LinkedHashMap<>();
    roles.put("s3", server.reachable());
    roles.putAll(server.otherRoles());
    var tls = server.tls();
    List<RoleHealth> said;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) { // one that hangs takes no time from the others
      said = roles.entrySet().stream()
          .map(role -> CompletableFuture.supplyAsync(
              () -> RoleHealth.of(role.getKey(), new HealthProbe(role.getValue(), tls, PATIENCE), path), threads))
          .toList().stream().map(CompletableFuture::join).toList();
    }
    boolean good = said.getFirst().isGood();
    // all roles of a process are in one state; the S3 port has no word for it but yes and no
    String state = said.stream().skip(1).map(RoleHealth::state).filter(one -> !one.equals("unreachable")).findFirst()
        .orElse(good ? "ready" : "not_ready");
    RoleHealth whole = said.getFirst().in(state);
    ObjectNode answer = whole.told();
    said.stream().map(RoleHealth::version).filter(version -> !version.isEmpty()).findFirst()
        .ifPresentOrElse(version -> answer.put("version", version), () -> answer.putNull("version"));
    ArrayNode list = answer.putArray("roles");
    said.forEach(role -> list.add(RoleHealth.withName(role.in(state))));
    spec.commandLine().getOut().println(answer.toPrettyString());
    spec.commandLine().getOut().flush();
    return good ? 0 : 1;
  }
}
