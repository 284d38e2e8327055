package hayloft.cli.audit;

import java.util.List;
import java.util.Locale;

/// One line of an audit's log, without its checksum. Immutable.
///
///     run 1 SEED BUCKET PREFIX CLIENTS MILLIS                what the others belong to; the first line
///     begin CLIENT STEP OPERATION KEY SIZE SHA256            written before the request is sent
///     ack CLIENT STEP MILLIS DURABILITY                      the store promised it
///     unknown CLIENT STEP MILLIS                             no answer, or one that leaves it open: done or not done
///     refused CLIENT STEP STATUS                             the store said that nothing was done
///     end MILLIS                                             the run was ended by itself
///
/// Keys and buckets have no blanks; of a delete size is 0 and the digest `-`.
sealed interface Entry {

  /// What a step does to its key.
  enum Operation {
    PUT,
    MULTIPART,
    DELETE
  }

  int VERSION = 1;

  record Run(long seed, String bucket, String prefix, int clients, long millis) implements Entry {}

  record Begin(int client, long step, Operation operation, String key, int sizeBytes, String sha256)
      implements
        Entry {}

  record Ack(int client, long step, long millis, String durability) implements Entry {}

  record Unknown(int client, long step, long millis) implements Entry {}

  record Refused(int client, long step, int status) implements Entry {}

  record End(long millis) implements Entry {}

  default String line() {
    return switch (this) {
      case Run run -> "run " + VERSION + " " + run.seed + " " + run.bucket + " " + run.prefix + " " + run.clients + " "
          + run.millis;
      case Begin begin -> "begin " + begin.client + " " + begin.step + " "
          + begin.operation.name().toLowerCase(Locale.ROOT) + " " + begin.key + " " + begin.sizeBytes + " "
          + begin.sha256;
      case Ack ack -> "ack " + ack.client + " " + ack.step + " " + ack.millis + " " + ack.durability;
      case Unknown unknown -> "unknown " + unknown.client + " " + unknown.step + " " + unknown.millis;
      case Refused refused -> "refused " + refused.client + " " + refused.step + " " + refused.status;
      case End end -> "end " + end.millis;
    };
  }

  /// @throws IllegalArgumentException if the line is none of ours
  static Entry parse(String line) {
    List<String> words = List.of(line.split(" ", -1));
    try {
      return switch (words.getFirst()) {
        case "run" -> {
          if (Integer.parseInt(words.get(1)) != VERSION) {
            throw new IllegalArgumentException("log version " + words.get(1) + ", this program knows " + VERSION);
          }
          yield new Run(Long.parseLong(words.get(2)), words.get(3), words.get(4), Integer.parseInt(words.get(5)),
              Long.parseLong(words.get(6)));
        }
        case "begin" -> new Begin(Integer.parseInt(words.get(1)), Long.parseLong(words.get(2)),
            Operation.valueOf(words.get(3).toUpperCase(Locale.ROOT)), words.get(4), Integer.parseInt(words.get(5)),
            words.get(6));
        case "ack" -> new Ack(Integer.parseInt(words.get(1)), Long.parseLong(words.get(2)),
            Long.parseLong(words.get(3)), words.get(4));
        case "unknown" -> new Unknown(Integer.parseInt(words.get(1)), Long.parseLong(words.get(2)),
            Long.parseLong(words.get(3)));
        case "refused" -> new Refused(Integer.parseInt(words.get(1)), Long.parseLong(words.get(2)),
            Integer.parseInt(words.get(3)));
        case "end" -> new End(Long.parseLong(words.get(1)));
        default -> throw new IllegalArgumentException("not a line of an audit's log: " + line);
      };
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a line of an audit's log: " + line, e);
    }
  }
}
