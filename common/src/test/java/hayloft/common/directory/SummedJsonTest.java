package hayloft.common.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SummedJsonTest {

  private static ObjectNode document() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", "Grüße \"x\"\n").put("long", Long.MAX_VALUE)
        .put("part", 0.1f).put("double", 1e300).put("decimal", new BigDecimal("1.10")).putNull("nothing");
    json.putArray("list").add(1).add(true).addObject().put("deep", "yes");
    return json;
  }

  @Test
  void whatWasWrittenIsReadBackWithoutItsSum() throws IOException {
    ObjectNode json = document();
    byte[] bytes = SummedJson.write(json);
    ObjectNode back = SummedJson.read(bytes, "file");
    assertEquals("Grüße \"x\"\n", back.path("name").asText());
    assertEquals(Long.MAX_VALUE, back.path("long").asLong());
    assertTrue(back.path("list").path(2).path("deep").isTextual());
    assertTrue(!back.has(SummedJson.SUM) && !json.has(SummedJson.SUM));
    assertEquals(back, SummedJson.read(SummedJson.write(back), "file"));
  }

  @Test
  void theSumIsTheLastFieldOfAReadableText() {
    String text = new String(SummedJson.write(JsonNodeFactory.instance.objectNode().put("a", 1)),
        StandardCharsets.UTF_8);
    // CRC-32C of the seven bytes {"a":1}, by another implementation
    assertEquals("{\n  \"a\" : 1,\n  \"crc32c\" : \"cff7d56a\"\n}", text.replace("\r", ""));
  }

  @Test
  void everyFlippedBitThatChangesTheContentIsToldWithTheFile() throws IOException {
    byte[] good = SummedJson.write(document());
    ObjectNode content = SummedJson.read(good, "file");
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        assertEquals(content, SummedJson.read(bad, "/data/file.json"), "bit " + bit);
      } catch (DamagedDocumentException e) {
        assertTrue(("" + e.getMessage()).startsWith("/data/file.json is damaged: "), e.getMessage());
      }
    }
  }

  @Test
  void aSumThatDoesNotFitIsToldWithBothValues() {
    byte[] bad = "{\"a\":2,\"crc32c\":\"cff7d56a\"}".getBytes(StandardCharsets.UTF_8);
    var e = assertThrows(DamagedDocumentException.class, () -> SummedJson.readOld(bad, "f.json"));
    assertTrue(
        ("" + e.getMessage())
            .matches("f.json is damaged: its checksum says cff7d56a, what it contains gives [0-9a-f]{8}"),
        e.getMessage());
    assertTrue(("" + e.with("Do this.").getMessage()).endsWith(". Do this."));
  }

  @Test
  void whatIsNotJsonIsToldByItsPlaceAndInNoParsersWords() {
    byte[] text = "{\n  \"a\": oats\n}".getBytes(StandardCharsets.UTF_8);
    assertEquals("hayloft.json", String.valueOf(
        assertThrows(DamagedDocumentException.class, () -> SummedJson.read(text, "hayloft.json")).getMessage())
        .replaceFirst(" is damaged: it is not JSON at line 2, column \\d+$", ""));
  }

  @Test
  void onlyAReaderOfOldDocumentsTakesOneWithoutASum() throws IOException {
    byte[] old = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
    assertEquals(1, SummedJson.readOld(old, "f").path("a").asInt());
    assertThrows(DamagedDocumentException.class, () -> SummedJson.read(old, "f"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "[]", "1", "{\"a\":1", "{\"a\":1,\"a\":1}", "{} {}", "\u0000\u0000\u0000\u0000",
      "{\"crc32c\":1}"})
  void whatIsNoDocumentIsTold(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThrows(DamagedDocumentException.class, () -> SummedJson.readOld(bytes, "f"));
  }

  @Test
  void aDocumentWithAFieldOfThatNameIsRefused() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("crc32c", "x");
    assertThrows(IllegalArgumentException.class, () -> SummedJson.write(json));
  }
}
