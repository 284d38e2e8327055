package hayloft.cli.shell;

import hayloft.cli.AnswerForm;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ShownText;
import hayloft.cli.config.NearestName;
import hayloft.cli.shell.catalog.CatalogCheck;
import hayloft.cli.shell.catalog.CatalogGiveUp;
import hayloft.cli.shell.catalog.CatalogLost;
import hayloft.cli.shell.catalog.CatalogRebuild;
import hayloft.cli.shell.cluster.ClusterCheck;
import hayloft.cli.shell.cluster.ClusterStatus;
import hayloft.cli.shell.cluster.CollectionList;
import hayloft.cli.shell.cluster.LevelRaise;
import hayloft.cli.shell.cluster.Lock;
import hayloft.cli.shell.cluster.Unlock;
import hayloft.cli.shell.live.LogLevels;
import hayloft.cli.shell.live.Top;
import hayloft.cli.shell.live.Trace;
import hayloft.cli.shell.s3.AccessKeyCreate;
import hayloft.cli.shell.s3.AccessKeyDelete;
import hayloft.cli.shell.s3.AccessKeyRotate;
import hayloft.cli.shell.s3.BucketCreate;
import hayloft.cli.shell.s3.BucketDelete;
import hayloft.cli.shell.s3.BucketList;
import hayloft.cli.shell.s3.BucketOwner;
import hayloft.cli.shell.s3.BucketQuota;
import hayloft.cli.shell.s3.BucketPrune;
import hayloft.cli.shell.s3.BucketVersioning;
import hayloft.cli.shell.s3.BucketAccess;
import hayloft.cli.shell.s3.UserExport;
import hayloft.cli.shell.s3.UserImport;
import hayloft.cli.shell.s3.BucketUsage;
import hayloft.cli.shell.s3.UploadsClean;
import hayloft.cli.shell.s3.UserCreate;
import hayloft.cli.shell.s3.UserDelete;
import hayloft.cli.shell.s3.UserDisable;
import hayloft.cli.shell.s3.UserEnable;
import hayloft.cli.shell.s3.UserList;
import hayloft.cli.shell.tree.TreeCat;
import hayloft.cli.shell.tree.TreeDu;
import hayloft.cli.shell.tree.TreeLs;
import hayloft.cli.shell.tree.TreeMeta;
import hayloft.cli.shell.tree.TreeRm;
import hayloft.cli.shell.tree.TreeTree;
import hayloft.cli.shell.tree.TreeVerify;
import hayloft.cli.shell.tree.TreeVersions;
import hayloft.cli.shell.volume.VolumeDrop;
import hayloft.cli.shell.volume.VolumeFsck;
import hayloft.cli.shell.volume.VolumeGrow;
import hayloft.cli.shell.volume.VolumeList;
import hayloft.cli.shell.volume.VolumeMark;
import hayloft.cli.shell.volume.VolumeScrub;
import hayloft.cli.shell.volume.VolumeVacuum;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/// Runs lines of commands in one session. Confined to one thread, but for [#session].
final class Shell {

  /// In the order of the help.
  private static final List<Class<?>> COMMANDS = List.of(HelpCommand.class, ClusterStatus.class, ClusterCheck.class,
      CollectionList.class, VolumeList.class, VolumeGrow.class, VolumeMark.class, VolumeVacuum.class, VolumeFsck.class,
      VolumeScrub.class, VolumeDrop.class, BucketList.class, BucketCreate.class, BucketDelete.class, BucketOwner.class,
      BucketQuota.class, BucketVersioning.class, BucketAccess.class, BucketUsage.class, BucketPrune.class,
      UploadsClean.class,
      UserList.class, UserCreate.class, UserDelete.class, UserDisable.class, UserEnable.class, UserExport.class,
      UserImport.class, AccessKeyCreate.class,
      AccessKeyDelete.class,
      AccessKeyRotate.class, TreeLs.class, TreeDu.class, TreeTree.class, TreeMeta.class, TreeVerify.class,
      TreeVersions.class,
      TreeCat.class, TreeRm.class,
      CatalogCheck.class, CatalogLost.class, CatalogGiveUp.class, CatalogRebuild.class, LevelRaise.class,
      Trace.class, Top.class, LogLevels.class, Lock.class, Unlock.class);

  private static final Set<String> JSON = Set.of("-json", "--json");

  private final CommandLine commands;
  private final Root root;

  /// With all commands.
  Shell(ShellSession session, PrintWriter out, PrintWriter err, Ansi ansi, boolean isTerminal) {
    this(session, out, err, ansi, isTerminal, List.of());
  }

  /// With those that the lines name; with all if one of them names another. Each takes its time to be put together, and
  /// together they take as long as the one that is wanted.
  ///
  /// @param lines to be run; none if they are not known yet
  Shell(ShellSession session, PrintWriter out, PrintWriter err, Ansi ansi, boolean isTerminal, List<String> lines) {
    this.root = new Root(session, err, ansi, isTerminal);
    this.commands = new CommandLine(root);
    neededFor(lines).forEach(commands::addSubcommand);
    commands.setOut(out);
    commands.setErr(err);
    commands.setUsageHelpWidth(110);
    commands.setColorScheme(CommandLine.Help.defaultColorScheme(ansi));
    commands.setExecutionStrategy(parsed -> {
      ParseResult leaf = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
      if (!leaf.unmatched().isEmpty()) { // the parser lets them pass where help is asked for
        throw new UnmatchedArgumentException(leaf.commandSpec().commandLine(), leaf.unmatched());
      }
      return new RunLast().execute(parsed);
    });
    commands.setParameterExceptionHandler((wrong, arguments) -> {
      CommandLine command = wrong.getCommandLine();
      if (Arrays.stream(arguments).anyMatch(JSON::contains)) {
        AnswerForm.fail(command.getOut(), "WrongUsage", refusal(wrong));
        return 2;
      }
      command.getErr().println("hayloft: " + refusal(wrong));
      command.getErr().println(command.getCommandName().isEmpty()
          ? "help lists the commands"
          : "help " + command.getCommandName() + " says more");
      command.getErr().flush();
      return 2;
    });
    commands.setExecutionExceptionHandler((thrown, command, _) -> {
      String code = switch (thrown) {
        case ServerSaidNoException said -> said.code();
        case IOException _ -> "NoServer";
        case IllegalArgumentException _ -> "WrongSetting"; // keys that are missing, or that nobody can read
        default -> throw thrown;
      };
      if (command.getCommandSpec().userObject() instanceof RemoteCommand remote && remote.wantsJson()) {
        AnswerForm.fail(command.getOut(), code, String.valueOf(thrown.getMessage()));
      } else {
        String message = String.valueOf(thrown.getMessage());
        command.getErr().println("hayloft: "
            + (thrown instanceof ServerSaidNoException ? ShownText.of(message) : ShownText.lines(message)));
        command.getErr().flush();
      }
      return thrown instanceof IllegalArgumentException
          || thrown instanceof ServerSaidNoException said && said.isWrongUsage() ? 2 : 1;
    });
  }

  private static Collection<Class<?>> neededFor(List<String> lines) {
    Map<String, Class<?>> byName = new HashMap<>();
    for (Class<?> command : COMMANDS) {
      byName.put(command.getAnnotation(Command.class).name(), command);
    }
    byName.remove("help"); // it tells of the others
    Set<Class<?>> needed = new LinkedHashSet<>();
    for (String line : lines) {
      try {
        for (List<String> words : CommandText.split(line)) {
          Class<?> named = byName.get(words.getFirst());
          if (named == null) {
            return COMMANDS;
          }
          needed.add(named);
        }
      } catch (IllegalArgumentException _) { // said when the line is run
        return COMMANDS;
      }
    }
    return needed.isEmpty() ? COMMANDS : needed;
  }

  /// Says what was probably meant.
  private static String refusal(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    if (!(wrong instanceof UnmatchedArgumentException unmatched) || unmatched.getUnmatched().isEmpty()) {
      return String.valueOf(wrong.getMessage());
    }
    String given = unmatched.getUnmatched().getFirst();
    if (unmatched.isUnknownOption()) {
      return "no such option: " + given
          + NearestName.suggestion(given, command.getCommandSpec().optionsMap().keySet());
    }
    return command.getCommandName().isEmpty()
        ? "no such command: " + given + NearestName.suggestion(given, command.getSubcommands().keySet())
        : "too much: " + given;
  }

  /// All commands of the shell, and what they share.
  @Command(name = "", description = "", synopsisSubcommandLabel = "COMMAND", commandListHeading = "Commands:%n",
      customSynopsis = "COMMAND [-apply] [--json] ...   help COMMAND says more, exit or ^D ends.%n")
  static final class Root {
    private final ShellSession session;
    private final PrintWriter err;
    private final Ansi ansi;
    private final boolean isTerminal;

    Root(ShellSession session, PrintWriter err, Ansi ansi, boolean isTerminal) {
      this.session = session;
      this.err = err;
      this.ansi = ansi;
      this.isTerminal = isTerminal;
    }

    ShellSession session() {
      return session;
    }

    Screen screen(PrintWriter out) {
      return new Screen(out, ansi);
    }

    boolean isTerminal() {
      return isTerminal;
    }

    /// @param quiet the answer says it all
    Watch watch(boolean quiet) {
      return quiet ? Watch.NOTHING : new ProgressWatch(err, isTerminal);
    }
  }

  CommandLine commands() {
    return commands;
  }

  /// Runs the commands of a line, one after the other; the first that does not end with 0 ends the line.
  ///
  /// @return its exit code
  int run(String line) {
    List<List<String>> all;
    try {
      all = CommandText.split(line);
    } catch (IllegalArgumentException e) {
      if (Arrays.stream(line.split("[\\s;]+")).anyMatch(JSON::contains)) {
        AnswerForm.fail(commands.getOut(), "WrongUsage", String.valueOf(e.getMessage()));
        return 2;
      }
      commands.getErr().println("hayloft: " + e.getMessage());
      commands.getErr().flush();
      return 2;
    }
    for (List<String> words : all) {
      int code = commands.execute(words.toArray(String[]::new));
      if (code != 0) {
        return code;
      }
    }
    return 0;
  }

  /// Names of the commands, for completion.
  List<String> names() {
    return new ArrayList<>(commands.getSubcommands().keySet());
  }
}
