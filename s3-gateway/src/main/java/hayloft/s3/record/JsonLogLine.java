package hayloft.s3.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.log.ClientText;
import hayloft.common.log.JsonLine;
import hayloft.common.tls.TlsSession;
import hayloft.s3.routing.S3Operation;

/// A line as a JSON object; what is not known is left out. Stateless. docs/metrics.md lists the fields.
final class JsonLogLine {

  private JsonLogLine() {}

  static String of(AccessEntry entry) {
    return JsonLine.of(fields(entry));
  }

  static ObjectNode fields(AccessEntry entry) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    ArrayNode cut = JsonNodeFactory.instance.arrayNode();
    line.put("time", entry.at().toString());
    line.put("requestId", entry.requestId());
    line.put("remote", entry.remote());
    put(line, "requester", entry.requester());
    put(line, "operation", entry.operation().map(S3Operation::awsName).orElse(""));
    put(line, cut, "bucket", entry.bucket());
    put(line, "bucketOwner", entry.bucketOwner());
    put(line, cut, "key", entry.key());
    put(line, cut, "versionId", entry.versionId());
    line.put("request", entry.method() + " " + entry.target() + " " + entry.protocol());
    if (entry.method().isCut() || entry.target().isCut()) {
      cut.add("request");
    }
    if (entry.status() != 0) {
      line.put("status", entry.status());
    }
    line.put("whole", entry.whole());
    put(line, "error", entry.errorCode());
    line.put("receivedBytes", entry.receivedBytes());
    line.put("sentBytes", entry.sentBytes());
    if (entry.objectBytes() >= 0) {
      line.put("objectBytes", entry.objectBytes());
    }
    line.put("totalMillis", entry.totalMillis());
    line.put("turnAroundMillis", entry.turnAroundMillis());
    put(line, cut, "referer", entry.referer());
    put(line, cut, "userAgent", entry.userAgent());
    put(line, cut, "host", entry.host());
    put(line, "signature", entry.signature());
    put(line, "authentication", entry.authentication());
    line.put("tls", entry.tls().isPresent());
    put(line, "tlsVersion", entry.tls().map(TlsSession::version).orElse(""));
    put(line, "cipherSuite", entry.tls().map(TlsSession::cipherSuite).orElse(""));
    if (!cut.isEmpty()) {
      line.set("cut", cut);
    }
    return line;
  }

  /// @param cut takes the name of a field whose text ends in `…` because there was more of it
  private static void put(ObjectNode line, ArrayNode cut, String name, ClientText text) {
    put(line, name, text.toString());
    if (text.isCut()) {
      cut.add(name);
    }
  }

  private static void put(ObjectNode line, String name, String value) {
    if (!value.isEmpty()) {
      line.put(name, value);
    }
  }
}
