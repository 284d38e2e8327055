package hayloft.cli.doctor;

import hayloft.cli.ProgramVersion;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.server.ServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hayloft doctor`.
@Command(name = "doctor", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, subcommands = DoctorBundle.class, description = {
        "Looks at this machine, at the store's data directories and at its server if one runs, and says for whatever "
            + "is not as it should be "
            + "why that matters and what to do. Takes the server's own settings: flags, HAYLOFT_* variables and the "
            + "configuration file. A small "
            + "file is written into each data directory for a moment, to see how long a sync takes.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:no fault",
        "1:at least one fault, or with --strict a warning",
        "2:wrong usage, or something in the configuration is wrong"})
public final class DoctorCommand implements Callable<Integer>, Configurable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ServerOptions options = new ServerOptions();

  @Option(names = "--no-sync-test", description = "Write nothing into the data directories.")
  private boolean noSyncTest;

  @Option(names = "--strict", description = "Warnings count as faults.")
  private boolean strict;

  @Option(names = "--json", description = "One JSON object instead of text.")
  private boolean json;

  private @Nullable Configuration configuration;

  @Override
  public void configured(Configuration told) {
    configuration = told;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, String> environment = Objects.requireNonNull(configuration).environment();
    options.requireFit(spec.commandLine(), environment);
    Diagnosis diagnosis = Diagnosis.of(options, environment, !noSyncTest);
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? diagnosis.toJson().toPrettyString() + "\n" : diagnosis.toText());
    out.flush();
    Finding.Level bad = strict ? Finding.Level.WARNING : Finding.Level.FAULT;
    return diagnosis.worst().compareTo(bad) >= 0 ? 1 : 0;
  }
}
