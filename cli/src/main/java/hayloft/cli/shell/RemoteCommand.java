package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Shell.Root;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A command of the shell: its options become the arguments of the server's command of the same name, and the answer is
/// shown.
public abstract class RemoteCommand implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = {"-json", "--json"}, description = "The answer as JSON.")
  private boolean json;

  @Option(names = {"-h", "-help", "--help"}, usageHelp = true, description = "This help.")
  private boolean help;

  @Override
  public final Integer call() throws IOException {
    Root shell = shell();
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    fill(arguments);
    return run(shell, arguments);
  }

  /// Asks once and shows the answer.
  ///
  /// @return the exit code
  Integer run(Root shell, ObjectNode arguments) throws IOException {
    JsonNode answer = ask(shell.session(), spec.name(), arguments, shell.watch(json));
    if (json) {
      spec.commandLine().getOut().println(answer.toPrettyString());
    } else {
      show(answer, shell.screen(spec.commandLine().getOut()));
    }
    spec.commandLine().getOut().flush();
    return exitCode(answer);
  }

  private Root shell() {
    return (Root) spec.root().userObject();
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final String name() {
    return spec.name();
  }

  /// Of the answer, if it is no text: where what was written before it has gone.
  protected final OutputStream bytes() {
    spec.commandLine().getOut().flush();
    return System.out;
  }

  protected final boolean wantsJson() {
    return json;
  }

  /// Adds what was asked for; what was not said stays out.
  protected void fill(ObjectNode arguments) {}

  /// Asks the server; a command that needs several answers makes them one.
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    return session.run(name, arguments, watch);
  }

  /// For commands that show or change: two commands of the server, since only one of them may need the lock.
  ///
  /// @param changing arguments of which each asks for a change
  protected final String nameFor(String name, ObjectNode arguments, String... changing) {
    return Arrays.stream(changing).anyMatch(arguments::has) ? name + ".set" : name;
  }

  protected abstract void show(JsonNode answer, Screen screen);

  /// 0 if all is well with what was asked about, else 1.
  protected int exitCode(JsonNode answer) {
    return 0;
  }

  protected static void put(ObjectNode arguments, String name, String value) {
    if (!value.isEmpty()) {
      arguments.put(name, value);
    }
  }

  protected static void put(ObjectNode arguments, String name, boolean value) {
    if (value) {
      arguments.put(name, true);
    }
  }

  protected static void put(ObjectNode arguments, String name, List<Integer> values) {
    if (!values.isEmpty()) {
      ArrayNode list = arguments.putArray(name);
      values.forEach(list::add);
    }
  }

  /// What a dry run ends with.
  protected static void sayHowToApply(JsonNode answer, Screen screen) {
    if (answer.path("dryRun").asBoolean()) {
      screen.warning("Nothing was changed. Add -apply to do it.");
    }
  }
}
