package hayloft.cli.audit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ByteSize;
import hayloft.cli.ShownText;
import hayloft.cli.audit.Entry.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;

/// What an audit proved, for people and for programs. Immutable.
///
/// @param logSha256 of the log's bytes, so that the certificate says which log it is about
/// @param torn whether the log ends in the middle of a line
record Certificate(Path log, String logSha256, boolean torn, URI endpoint, Instant verifiedAt, Proof proof) {

  static Certificate of(Path log, boolean torn, URI endpoint, Instant verifiedAt, Proof proof) throws IOException {
    MessageDigest digest = Content.sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(log), digest)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return new Certificate(log, HexFormat.of().formatHex(digest.digest()), torn, endpoint, verifiedAt, proof);
  }

  /// Proved: what was not read may be lost.
  boolean isWhole() {
    return proof.losses().isEmpty() && proof.ending().isDone();
  }

  ObjectNode toJson() {
    Expectations expected = proof.expected();
    Entry.Run run = expected.run();
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("whole", isWhole())
        .put("endpoint", endpoint.toString()).put("verifiedAt", verifiedAt.toString());
    json.putObject("log").put("file", log.toString()).put("sha256", logSha256).put("torn", torn)
        .put("endedByItself", expected.hasEnded());
    json.putObject("run").put("seed", Long.toString(run.seed())).put("bucket", run.bucket()).put("prefix", run.prefix())
        .put("clients", run.clients()).put("started", Instant.ofEpochMilli(run.millis()).toString());
    ObjectNode acknowledged = json.putObject("acknowledged").put("all", expected.acknowledged())
        .put("put", expected.acknowledged(Operation.PUT)).put("multipart", expected.acknowledged(Operation.MULTIPART))
        .put("delete", expected.acknowledged(Operation.DELETE)).put("overwrites", expected.overwrites());
    if (expected.acknowledged() > 0) {
      acknowledged.put("first", Instant.ofEpochMilli(expected.firstMillis()).toString()).put("last",
          Instant.ofEpochMilli(expected.lastMillis()).toString());
    }
    expected.durabilities().forEach(acknowledged.putObject("durability")::put);
    json.put("refused", expected.refused());
    json.putObject("present").put("objects", proof.presentObjects()).put("bytes", proof.bytes()).put("sha256",
        proof.digest());
    json.put("absentKeys", proof.absentKeys());
    json.putObject("open").put("done", proof.openAndDone()).put("notDone", proof.openAndNotDone());
    proof.losses().forEach(json.putArray("losses")::add);
    json.put("keys", expected.keys().size()).put("keysRead", proof.keysRead());
    proof.ending().tell(json);
    return json;
  }

  String toText() {
    Expectations expected = proof.expected();
    Entry.Run run = expected.run();
    var text = new StringBuilder(
        proof.ending().isDone() ? "Certificate of an audit\n" : "An audit that ended early, and no certificate\n");
    line(text, "store", endpoint + ", verified " + verifiedAt);
    line(text, "log", log + (torn ? ", ends in the middle of a line" : "")
        + (expected.hasEnded() ? ", ended by itself" : ", ended from outside"));
    line(text, "", "SHA-256 " + logSha256);
    line(text, "run", "seed " + run.seed() + ", " + run.clients() + " clients, s3://" + run.bucket() + "/"
        + run.prefix() + ", started " + Instant.ofEpochMilli(run.millis()));
    line(text, "acknowledged",
        String.format(Locale.ROOT, "%,d: %,d puts, %,d multipart uploads (%,d of these overwrote), %,d deletes",
            expected.acknowledged(), expected.acknowledged(Operation.PUT), expected.acknowledged(Operation.MULTIPART),
            expected.overwrites(), expected.acknowledged(Operation.DELETE)));
    if (expected.acknowledged() > 0) {
      line(text, "window", Instant.ofEpochMilli(expected.firstMillis()) + " to "
          + Instant.ofEpochMilli(expected.lastMillis()));
    }
    line(text, "durability", expected.durabilities().toString().replaceAll("[{}]", ""));
    line(text, "present", String.format(Locale.ROOT, "%,d objects, byte for byte, %s", proof.presentObjects(),
        ByteSize.text(proof.bytes())));
    line(text, "", "SHA-256 of all keys and digests " + proof.digest());
    line(text, "absent",
        String.format(Locale.ROOT, "%,d keys that were deleted or never acknowledged", proof.absentKeys()));
    line(text, "open", proof.openAndDone() + " requests without an answer were carried out, " + proof.openAndNotDone()
        + " were not; none by halves");
    line(text, "lost", proof.losses().isEmpty() ? "nothing" : proof.losses().size() + ":");
    proof.losses().forEach(loss -> text.append("    ").append(ShownText.of(loss)).append('\n'));
    if (!proof.ending().isDone()) {
      line(text, "ended early", String.format(Locale.ROOT, "%s; %,d of %,d keys were read", proof.ending().words(),
          proof.keysRead(), expected.keys().size()));
    }
    line(text, "verdict", verdict());
    return text.toString();
  }

  private String verdict() {
    if (!proof.losses().isEmpty()) {
      return "BROKEN: the store did not keep what it promised";
    }
    return isWhole()
        ? "WHOLE: everything that was acknowledged is there, and nothing that was deleted"
        : "NONE: nothing is lost of what was read, and the rest is unknown. Verify it again";
  }

  private static void line(StringBuilder text, String what, String value) {
    text.append(String.format(Locale.ROOT, "  %-14s%s%n", what, ShownText.of(value)));
  }
}
