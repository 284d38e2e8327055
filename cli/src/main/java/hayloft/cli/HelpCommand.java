package hayloft.cli;

import hayloft.cli.config.NearestName;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft help`.
@Command(name = "help", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Says what a command does and takes, as --help behind it does.",
    ""})
final class HelpCommand implements Runnable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "Which, such as server or config check.")
  private List<String> names = new ArrayList<>();

  @Override
  public void run() {
    CommandLine asked = spec.root().commandLine();
    for (String name : names) {
      CommandLine below = asked.getSubcommands().get(name);
      if (below == null) {
        throw new ParameterException(spec.commandLine(),
            "no such command: " + name + NearestName.suggestion(name, asked.getSubcommands().keySet()));
      }
      asked = below;
    }
    asked.usage(spec.commandLine().getOut());
    spec.commandLine().getOut().flush();
  }
}
