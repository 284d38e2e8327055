package hayloft.cli.completion;

import hayloft.cli.ProgramVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft completion`.
@Command(name = "completion", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Prints a script that teaches a shell the commands, their options and what may stand behind them:", "",
    "  bash:  source <(hayloft completion bash)",
    "         for good: hayloft completion bash >~/.local/share/bash-completion/completions/hayloft",
    "  zsh:   source <(hayloft completion zsh), behind compinit",
    "         for good: hayloft completion zsh >DIR/_hayloft, a directory of $fpath",
    "  fish:  hayloft completion fish | source",
    "         for good: hayloft completion fish >~/.config/fish/completions/hayloft.fish", "",
    "The Debian package brings all three.", ""})
public final class CompletionCommand implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", arity = "0..1", paramLabel = "SHELL", defaultValue = "bash", description = "bash, zsh or "
      + "fish (default: ${DEFAULT-VALUE}).")
  private Dialect shell = Dialect.BASH;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(shell.script(CommandTree.of(spec.root())));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
