package hayloft.cli.alias;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import picocli.CommandLine.Mixin;
import hayloft.cli.AnswerForm;
import hayloft.cli.ProgramVersion;
import hayloft.cli.client.Alias;
import hayloft.cli.client.Aliases;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft alias remove`.
@Command(name = "remove", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Takes a name away, with the keys that are kept with it; the store is not asked.",
    ""})
public final class AliasRemove implements Callable<Integer>, Configurable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "NAME", converter = Alias.Name.class, description = "Which.")
  private String name = "";

  @Mixin
  private AnswerForm form = new AnswerForm();

  private Map<String, String> environment = Map.of();

  @Override
  public void configured(Configuration configuration) {
    environment = configuration.environment();
  }

  @Override
  public Integer call() throws IOException {
    Aliases.of(environment).remove(name);
    form.answer(spec.commandLine().getOut(),
        JsonNodeFactory.instance.objectNode().put("name", name).put("removed", true),
        out -> out.println("alias " + name + " is no more"));
    return 0;
  }
}
