package hayloft.cli.health;

import hayloft.cli.ProgramVersion;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
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

  @Override
  public void configured(Configuration configuration) {
    // its values are in the mixins
  }

  @Override
  public Integer call() throws IOException {
    var answer = new HealthProbe(server.reachable(), server.tls(), PATIENCE).ask(live ? "/healthz" : "/readyz");
    var to = answer.isGood() ? spec.commandLine().getOut() : spec.commandLine().getErr();
    to.println(answer.body());
    to.flush();
    return answer.isGood() ? 0 : 1;
  }
}
