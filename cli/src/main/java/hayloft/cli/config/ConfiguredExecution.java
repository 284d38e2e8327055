package hayloft.cli.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/// Runs a command after its settings were completed from environment and file. Immutable.
///
/// The arguments are parsed twice: with the flags alone first, which tells whether only help was asked for (that must
/// work whatever the file says) and where the file is, then with everything.
public final class ConfiguredExecution implements IExecutionStrategy {

  private final Configuration.Origin origin;

  /// @param program makes a fresh tree of all commands
  public ConfiguredExecution(Supplier<CommandLine> program, Map<String, String> environment, Path systemFile) {
    this.origin = new Configuration.Origin(program, Map.copyOf(environment), systemFile);
  }

  @Override
  public int execute(ParseResult flagsOnly) {
    ParseResult leaf = Configuration.leaf(flagsOnly);
    List<String> words = leaf.unmatched().stream().filter(word -> !word.startsWith("-")).toList();
    if (!words.isEmpty()) { // the parser lets them pass where help is asked for, which would be another's
      throw new UnmatchedArgumentException(leaf.commandSpec().commandLine(), words);
    }
    boolean configurable = leaf.commandSpec().userObject() instanceof Configurable;
    ParseResult complete = configurable && !asksForHelp(flagsOnly)
        ? Configuration.complete(flagsOnly, origin).result()
        : flagsOnly;
    return new RunLast().execute(complete);
  }

  private static boolean asksForHelp(ParseResult result) {
    return result.isUsageHelpRequested() || result.isVersionHelpRequested()
        || result.hasSubcommand() && asksForHelp(result.subcommand());
  }
}
