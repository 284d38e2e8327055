package hayloft.common.directory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/// Small JSON documents that people can read and that carry their own checksum; the only class that knows how.
/// Stateless.
///
///     {
///       "any" : "fields",
///       "crc32c" : "9f3a01c2"
///     }
///
/// The sum is the last field: eight lower-case hex digits, the CRC-32C of the same object without that field, written
/// compactly (no white space, the fields in their order, UTF-8). White space may therefore change; nothing else may.
///
/// Documents of the first level of formats have no sum. Whoever reads one that may be so old asks for [#readOld], which
/// checks a sum that is there and does not miss one that is not.
public final class SummedJson {

  /// The field with the sum.
  public static final String SUM = "crc32c";

  private static final ObjectMapper MAPPER = new ObjectMapper()
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
  private static final ObjectWriter PRETTY = MAPPER.writerWithDefaultPrettyPrinter();

  private SummedJson() {}

  /// The bytes of the document. Leaves it as it is.
  ///
  /// @throws IllegalArgumentException if it has a field `crc32c` already
  public static byte[] write(ObjectNode document) {
    if (document.has(SUM)) {
      throw new IllegalArgumentException("the document has a field " + SUM + " of its own");
    }
    try {
      // What a reader will see: a number may come back in another class than it had here.
      var canonical = (ObjectNode) MAPPER.readTree(MAPPER.writeValueAsBytes(document));
      canonical.put(SUM, sumOf(canonical));
      return PRETTY.writeValueAsBytes(canonical);
    } catch (IOException e) {
      throw new IllegalArgumentException("the document cannot be written as JSON: " + e.getMessage(), e);
    }
  }

  /// The document without its sum, which fits.
  ///
  /// @param where the file, for messages
  /// @throws DamagedDocumentException if it is no JSON object, has no sum, or another one than its content
  public static ObjectNode read(byte[] bytes, String where) throws DamagedDocumentException {
    ObjectNode document = parse(bytes, where);
    if (!document.has(SUM)) {
      throw new DamagedDocumentException(where, "it has no checksum (field " + SUM + ")");
    }
    return checked(document, where);
  }

  /// The same for a document that may be of the first level: one without a sum is taken as it is.
  ///
  /// @throws DamagedDocumentException if it is no JSON object, or has another sum than its content
  public static ObjectNode readOld(byte[] bytes, String where) throws DamagedDocumentException {
    ObjectNode document = parse(bytes, where);
    return document.has(SUM) ? checked(document, where) : document;
  }

  private static ObjectNode parse(byte[] bytes, String where) throws DamagedDocumentException {
    if (bytes.length == 0) {
      throw new DamagedDocumentException(where, "it is empty");
    }
    JsonNode json;
    try {
      json = MAPPER.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new DamagedDocumentException(where, "it " + NotJson.text(e));
    } catch (IOException e) { // what looks like another encoding, and is none
      throw new DamagedDocumentException(where, "it is not JSON");
    }
    if (json instanceof ObjectNode document) {
      return document;
    }
    throw new DamagedDocumentException(where, "it is not a JSON object");
  }

  private static ObjectNode checked(ObjectNode document, String where) throws DamagedDocumentException {
    String kept = document.remove(SUM).asText();
    String found = sumOf(document);
    if (!kept.equals(found)) {
      throw new DamagedDocumentException(where,
          "its checksum says " + kept + ", what it contains gives " + found);
    }
    return document;
  }

  private static String sumOf(ObjectNode document) {
    var crc = new CRC32C();
    try {
      crc.update(MAPPER.writeValueAsBytes(document));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree that cannot be written", e);
    }
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
