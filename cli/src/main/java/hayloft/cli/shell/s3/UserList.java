package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;

/// `s3.user.list`.
@Command(name = "s3.user.list", description = "Users and their access keys; secrets are never shown.")
public final class UserList extends RemoteCommand {

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("users"), "no users", Column.text("USER", "id"), Column.text("NAME", "displayName"),
        Column.yesNo("ADMIN", "admin"), Column.yesNo("DISABLED", "disabled"), Column.count("BUCKETS", "buckets"),
        Column.text("ACCESS KEYS", "accessKeys"));
  }
}
