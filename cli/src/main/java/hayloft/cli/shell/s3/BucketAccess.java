package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.bucket.access`.
@Command(name = "s3.bucket.access", description = "Who may do what with a bucket by its access control list. Shows it, "
    + "or changes it.")
public final class BucketAccess extends RemoteCommand {

  private static final String GROUPS = "http://acs.amazonaws.com/groups/";

  @Parameters(paramLabel = "BUCKET", description = "Its name.")
  private String name = "";

  @Option(names = {"-acl", "--acl"}, paramLabel = "NAME", defaultValue = "",
      description = "One of S3's canned lists in "
          + "place of the present one: private, public-read, public-read-write, authenticated-read.")
  private String acl = "";

  @Option(names = {"-grant", "--grant"}, paramLabel = "USER", defaultValue = "", description = "Lets a user do what "
      + "-permission says, instead of what it may so far.")
  private String grant = "";

  @Option(names = {"-permission", "--permission"}, paramLabel = "WHAT", defaultValue = "",
      description = "read (list the "
          + "bucket; the default), write (put and delete objects), read-write or full.")
  private String permission = "";

  @Option(names = {"-revoke", "--revoke"}, paramLabel = "USER", defaultValue = "",
      description = "Takes from a user what "
          + "the list grants.")
  private String revoke = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "name", name);
    put(arguments, "acl", acl);
    put(arguments, "grant", grant);
    put(arguments, "permission", permission);
    put(arguments, "revoke", revoke);
  }

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    return super.ask(session, nameFor(name, arguments, "acl", "grant", "permission", "revoke"), arguments, watch);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line("bucket " + answer.path("name").asText() + " is " + answer.path("owner").asText()
        + "'s, who may do everything, as administrators may");
    answer.path("grants").forEach(grant -> {
      String who = grant.path("grantee").asText();
      if (!who.equals(answer.path("owner").asText())) {
        screen.line(who(who) + " may " + what(grant.path("permission").asText()));
      }
    });
    if (answer.path("public").asBoolean()) {
      screen.warning("It is public: whoever reaches the port needs no keys for that.");
    }
    screen.line("Objects have lists of their own: who wrote one may read it, and whom its list names.");
  }

  private static String who(String grantee) {
    return switch (grantee) {
      case GROUPS + "global/AllUsers" -> "everybody, without keys too,";
      case GROUPS + "global/AuthenticatedUsers" -> "every user";
      case GROUPS + "s3/LogDelivery" -> "the delivery of logs";
      default -> grantee;
    };
  }

  private static String what(String permission) {
    return switch (permission) {
      case "READ" -> "list it";
      case "WRITE" -> "put and delete objects in it";
      case "READ_ACP" -> "read this list";
      case "WRITE_ACP" -> "change this list";
      default -> "list it, put and delete objects in it, and read and change this list";
    };
  }
}
