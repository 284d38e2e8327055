package hayloft.cli.shell;

import hayloft.cli.ShownText;
import hayloft.common.directory.OwnerOnly;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/// The shell for people: a prompt with completion and history. Confined to one thread.
///
/// ^C cancels the job that runs, or gives up the line that is being typed; ^D, `exit` and `quit` end it. Lines with
/// secrets are not kept in the history.
final class Prompt {

  private static final List<String> ENDS = List.of("exit", "quit");

  private final ShellSession session;
  private final Ansi ansi;

  Prompt(ShellSession session, Ansi ansi) {
    this.session = session;
    this.ansi = ansi;
  }

  /// Returns when the person ends it, with 0: each command has said how it ended.
  int run() throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      var shell = new Shell(session, terminal.writer(), terminal.writer(), ansi, true);
      var names = new ServerNames((command, arguments) -> session.askAside(command, arguments, ServerNames.PATIENCE));
      LineReader reader = LineReaderBuilder.builder().terminal(terminal).appName("hayloft")
          .completer((_, line, candidates) -> complete(shell, names, line, candidates))
          .variable(LineReader.HISTORY_FILE, historyFile()).variable(LineReader.HISTORY_IGNORE, "*-secretKey*")
          .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // a ! is a letter like others, in keys too
          .build();
      terminal.handle(Terminal.Signal.INT, _ -> cancel(terminal));
      terminal.writer().println("Hayloft shell at " + session.endpoint() + ". help lists the commands, exit ends.");
      while (true) {
        String line;
        try {
          line = reader.readLine(ansi.string("@|bold,green hayloft>|@ "));
        } catch (UserInterruptException _) {
          continue;
        } catch (EndOfFileException _) {
          return 0;
        }
        if (ENDS.contains(line.strip())) {
          return 0;
        }
        shell.run(line);
      }
    }
  }

  /// Behind a folder of a path the next step follows, and no blank.
  private static Candidate candidate(String name) {
    return new Candidate(name, name, null, null, null, null, !name.endsWith("/"));
  }

  private void cancel(Terminal terminal) {
    try {
      session.cancel();
    } catch (IOException e) {
      terminal.writer().println("hayloft: " + ShownText.lines(String.valueOf(e.getMessage())));
    }
  }

  private static Path historyFile() throws IOException {
    Path directory = Path.of(System.getProperty("user.home"), ".hayloft");
    OwnerOnly.directories(directory);
    return directory.resolve("history");
  }

  /// What may stand where the cursor is, in the command that it is in: commands, then options and their values.
  static void complete(Shell shell, ServerNames names, ParsedLine line, List<Candidate> candidates) {
    int from = line.wordIndex();
    while (from > 0 && !line.words().get(from - 1).endsWith(";")) {
      from--;
    }
    List<String> words = line.words().subList(from, line.words().size());
    int at = line.wordIndex() - from;
    String typed = line.word().substring(0, line.wordCursor());
    if (at == 1 && words.getFirst().equals("help")) {
      shell.names().stream().filter(name -> name.startsWith(typed)).map(Candidate::new).forEach(candidates::add);
      return;
    }
    CommandLine command = shell.commands().getSubcommands().get(words.getFirst());
    if (command != null && at > 0 && !typed.startsWith("-")) {
      ServerNames.kindAt(command.getCommandSpec(), words, at).ifPresent(kind -> names.beginning(kind, typed)
          .forEach(name -> candidates.add(candidate(name))));
      if (!candidates.isEmpty()) {
        return;
      }
    }
    List<CharSequence> found = new ArrayList<>();
    AutoComplete.complete(shell.commands().getCommandSpec(), words.toArray(String[]::new), at, line.wordCursor(),
        line.cursor(), found);
    List<String> all = found.stream().map(rest -> typed + rest).distinct().toList();
    // options have one dash or two; those with two are offered to who has typed two, or where there is no other
    all.stream().filter(one -> typed.startsWith("--") || !one.startsWith("--") || !all.contains(one.substring(1)))
        .map(Candidate::new).forEach(candidates::add);
  }
}
