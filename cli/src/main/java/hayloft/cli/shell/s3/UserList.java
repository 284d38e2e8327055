package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.Pages;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `s3.user.list`.
@Command(name = "s3.user.list", description = "Users and their access keys; secrets are never shown.")
public final class UserList extends RemoteCommand {

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    return Pages.all(session, name, arguments, "users", watch);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("users"), "no users", Column.text("USER", "id"), Column.text("NAME", "displayName"),
        Column.yesNo("ADMIN", "admin"), Column.yesNo("DISABLED", "disabled"), Column.count("BUCKETS", "buckets"),
        Column.text("ACCESS KEYS", "accessKeys"));
  }
}
