package hayloft.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.log.ClientText;
import hayloft.common.log.EventLog;
import hayloft.common.log.JsonLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// The audit log: a line of JSON for every action of an administrator, and for every request that was not let in.
/// Thread-safe.
///
/// An action that may change something has two lines, one before it begins and one with what came of it, so that a
/// crash between the two leaves the first. The file is opened for each line, so that it may be rotated at any time, and
/// synced. It is readable by its owner only. Refused requests cost at most one line a second, lest strangers fill the
/// disk.
final class AdminLog {

  private static final EventLog LOG = EventLog.of(AdminLog.class);
  private static final Duration BETWEEN_DENIALS = Duration.ofSeconds(1);

  private final Path file;
  private final InstantSource clock;
  private Instant lastDenial = Instant.EPOCH;
  private long unwritten;

  AdminLog(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  Path file() {
    return file;
  }

  /// One event of an action.
  ///
  /// @param outcome `begun`, `done`, `planned` for a dry run, `cancelled`, or why not
  record Entry(String requestId, Caller caller, String action, ObjectNode arguments, String outcome) {}

  /// @throws IOException if the line could not be written and synced
  synchronized void write(Entry entry) throws IOException {
    ObjectNode line = JsonNodeFactory.instance.objectNode().put("time", clock.instant().toString())
        .put("who", entry.caller().userId()).put("session", entry.caller().session()).put("action", entry.action());
    line.set("arguments", entry.arguments());
    append(line.put("outcome", entry.outcome()).put("requestId", entry.requestId()));
  }

  /// For lines that come too late to prevent anything.
  void writeIfPossible(Entry entry) {
    try {
      write(entry);
    } catch (IOException e) {
      LOG.error("admin.auditFailed").with("action", entry.action()).with("outcome", entry.outcome())
          .with("requestId", entry.requestId()).say(e);
    }
  }

  /// Somebody was not let in. What they sent is cut and without credentials: it may be anything.
  ///
  /// @param who the access key or user that was claimed; empty if none was
  synchronized void denied(String requestId, String who, String from, String action, String why) {
    Instant now = clock.instant();
    if (now.isBefore(lastDenial.plus(BETWEEN_DENIALS))) {
      unwritten++;
      return;
    }
    lastDenial = now;
    ObjectNode line = JsonNodeFactory.instance.objectNode().put("time", now.toString())
        .put("who", ClientText.of(who).toString()).put("from", from).put("action", ClientText.of(action).toString())
        .put("outcome", "denied: " + why).put("requestId", requestId);
    if (unwritten > 0) {
      line.put("furtherDenials", unwritten);
    }
    try {
      append(line);
      unwritten = 0;
    } catch (IOException e) {
      LOG.warning("admin.auditFailed").with("action", action).with("outcome", "denied").say(e);
    }
  }

  private void append(ObjectNode line) throws IOException {
    try (FileChannel channel = OwnerOnly.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
        StandardOpenOption.APPEND)) {
      ByteBuffer bytes = ByteBuffer.wrap((JsonLine.of(line) + "\n").getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(false);
    }
  }
}
