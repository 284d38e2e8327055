package hayloft.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `hayloft completion`.
@Command(name = "completion", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Prints a script that teaches bash, or zsh after bashcompinit, the commands and their options:", "",
    "  source <(hayloft completion)", ""})
final class CompletionCommand implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(AutoComplete.bash("hayloft", spec.root().commandLine()));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
