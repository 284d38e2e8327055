package hayloft.master.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/// One line of the log, or the one line of a snapshot: the only class that knows how it lies in the file.
///
///     8 hex digits   space   JSON object, on one line, with its place in the log as "index"   line feed
///     CRC-32C of the JSON bytes
///
/// For example `d30435d3 {"do":"reserveKeys","count":65536,"index":12}`. JSON has no bare line feed, so a line is a
/// record and a damaged one does not hide the next.
record LogRecord(long index, ObjectNode json) {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int SUM_DIGITS = 8;

  byte[] line() {
    try {
      byte[] body = MAPPER.writeValueAsBytes(json.deepCopy().put("index", index));
      byte[] line = new byte[SUM_DIGITS + 1 + body.length + 1];
      byte[] sum = HexFormat.of().toHexDigits(sumOf(body, 0, body.length)).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(sum, 0, line, 0, SUM_DIGITS);
      line[SUM_DIGITS] = ' ';
      System.arraycopy(body, 0, line, SUM_DIGITS + 1, body.length);
      line[line.length - 1] = '\n';
      return line;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree that cannot be written: " + json, e);
    }
  }

  /// The record in `[from, to)`, which ends before the line feed; empty if the bytes are no record.
  static Optional<LogRecord> read(byte[] file, int from, int to) {
    int body = from + SUM_DIGITS + 1;
    if (to <= body || file[body - 1] != ' ') {
      return Optional.empty();
    }
    try {
      int sum = HexFormat.fromHexDigits(new String(file, from, SUM_DIGITS, StandardCharsets.US_ASCII));
      if (sum != sumOf(file, body, to - body)) {
        return Optional.empty();
      }
      return MAPPER.readTree(file, body, to - body) instanceof ObjectNode json && json.path("index").canConvertToLong()
          ? Optional.of(new LogRecord(json.path("index").longValue(), json))
          : Optional.empty();
    } catch (java.io.IOException | IllegalArgumentException e) {
      return Optional.empty(); // not hex digits, or not JSON: no record
    }
  }

  private static int sumOf(byte[] bytes, int from, int length) {
    var sum = new CRC32C();
    sum.update(bytes, from, length);
    return (int) sum.getValue();
  }
}
