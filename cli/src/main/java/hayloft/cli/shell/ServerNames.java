package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ShownText;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// Names of the server that may stand where a person has pressed Tab: buckets, users, access keys, volumes,
/// collections, and paths page by page. Asked for when they are wanted, kept for some seconds, at most [#MOST] of them;
/// none if the server does not answer in time, or there are no keys. Confined to one thread.
final class ServerNames {

  static final int MOST = 200;
  static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final long KEEP_NANOS = Duration.ofSeconds(5).toNanos();
  /// What the prompt cuts, or the shell reads in another way, has to be put in quotation marks by hand.
  private static final Pattern PLAIN = Pattern.compile("[^\\s'\"\\\\;#\\p{Cntrl}]+");

  private final Source source;
  private final Map<String, Kept> kept = new HashMap<>();

  private record Kept(List<String> names, long untilNanos) {}

  /// Runs a command of the server.
  @FunctionalInterface
  interface Source {
    JsonNode run(String command, ObjectNode arguments) throws IOException;
  }

  ServerNames(Source source) {
    this.source = source;
  }

  /// What an argument names.
  enum Kind {
    BUCKET,
    USER,
    ACCESS_KEY,
    VOLUME,
    COLLECTION,
    PATH
  }

  /// What stands at a place of a command; empty if that is nothing of the server's.
  ///
  /// @param words of the command, its name first
  /// @param at the one that is being typed
  static Optional<Kind> kindAt(CommandSpec command, List<String> words, int at) {
    int operand = 0;
    for (int i = 1; i < at; i++) {
      OptionSpec option = command.findOption(words.get(i));
      if (option != null && option.arity().min() > 0) {
        if (i + 1 == at) {
          return kind(option);
        }
        i++;
      } else if (!words.get(i).startsWith("-")) {
        operand++;
      }
    }
    int place = operand;
    return command.positionalParameters().stream().filter(one -> one.index().contains(place)).findFirst()
        .flatMap(one -> kind(one, command.name()));
  }

  private static Optional<Kind> kind(OptionSpec option) {
    return switch (option.longestName()) {
      case "--bucket" -> Optional.of(Kind.BUCKET);
      case "--owner", "--user", "--grant", "--revoke" -> Optional.of(Kind.USER);
      case "--volumeId" -> Optional.of(Kind.VOLUME);
      case "--collection" -> Optional.of(Kind.COLLECTION);
      default -> Optional.empty();
    };
  }

  private static Optional<Kind> kind(PositionalParamSpec operand, String command) {
    boolean isNew = command.equals("s3.bucket.create") || command.equals("s3.user.create");
    return isNew ? Optional.empty() : switch (operand.paramLabel()) {
      case "BUCKET" -> Optional.of(Kind.BUCKET);
      case "USER" -> Optional.of(Kind.USER);
      case "KEY" -> Optional.of(Kind.ACCESS_KEY);
      case "PATH" -> Optional.of(Kind.PATH);
      default -> Optional.empty();
    };
  }

  /// Those that begin so.
  List<String> beginning(Kind kind, String typed) {
    List<String> all = switch (kind) {
      case BUCKET -> named("s3.bucket.list", "buckets", "name");
      case USER -> named("s3.user.list", "users", "id");
      case ACCESS_KEY -> keysOf("s3.user.list");
      case VOLUME -> named("volume.list", "volumes", "volume");
      case COLLECTION -> named("collection.list", "collections", "collection");
      case PATH -> paths(typed);
    };
    return all.stream().filter(name -> name.startsWith(typed) && isTypable(name)).distinct().limit(MOST)
        .toList();
  }

  /// What a terminal would obey, or nobody would see, is not put on it by a Tab either.
  private static boolean isTypable(String name) {
    return PLAIN.matcher(name).matches() && ShownText.of(name).equals(name);
  }

  private List<String> named(String command, String list, String field) {
    return kept(command + " " + field, command, JsonNodeFactory.instance.objectNode(), answer -> {
      List<String> names = new ArrayList<>();
      answer.path(list).forEach(one -> names.add(one.path(field).asText()));
      return names;
    });
  }

  private List<String> keysOf(String command) {
    return kept("keys", command, JsonNodeFactory.instance.objectNode(), answer -> {
      List<String> names = new ArrayList<>();
      answer.path("users").forEach(user -> user.path("accessKeys").forEach(key -> names.add(key.asText())));
      return names;
    });
  }

  /// `/BUCKET/` first, then what is below it up to the next slash.
  private List<String> paths(String typed) {
    int slash = typed.indexOf('/', 1);
    if (slash < 0) {
      return named("s3.bucket.list", "buckets", "name").stream().map(name -> "/" + name + "/").toList();
    }
    String bucket = typed.substring(0, slash);
    String key = typed.substring(slash + 1);
    String folder = key.substring(0, key.lastIndexOf('/') + 1);
    ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("path", bucket + "/" + folder).put("limit", MOST);
    if (key.length() > folder.length()) {
      arguments.put("after", key);
    }
    return kept("path " + typed, "fs.ls", arguments, answer -> {
      List<String> names = new ArrayList<>();
      answer.path("entries").forEach(entry -> names.add(bucket + "/" + entry.path("name").asText()));
      return names;
    });
  }

  /// Takes the names out of an answer.
  @FunctionalInterface
  private interface Reading {
    List<String> names(JsonNode answer);
  }

  private List<String> kept(String what, String command, ObjectNode arguments, Reading reading) {
    long now = System.nanoTime();
    kept.values().removeIf(old -> now - old.untilNanos > 0);
    Kept known = kept.get(what);
    if (known != null) {
      return known.names;
    }
    List<String> names = asked(command, arguments).map(reading::names).orElse(List.of());
    kept.put(what, new Kept(names, System.nanoTime() + KEEP_NANOS));
    return names;
  }

  /// Whoever presses Tab wants no error: without an answer there are no names.
  private Optional<JsonNode> asked(String command, ObjectNode arguments) {
    var task = new FutureTask<>(() -> source.run(command, arguments));
    Thread.ofVirtual().name("names").start(task);
    try {
      return Optional.of(task.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException | TimeoutException _) {
      return Optional.empty();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
