package hayloft.s3.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlTest {

  @Test
  void escapesAsS3Does() {
    XmlWriter xml = new XmlWriter(8);
    xml.openRoot("R");
    xml.text("K", "a<b>&\"c'\n\r\t\u0001\u007f ä\u20ac\ud83d\ude00");
    xml.etag("abc-2");
    xml.number("N", -7);
    xml.flag("F", true);
    xml.time("T", Instant.parse("2026-01-02T03:04:05.067Z"));
    xml.close("R");
    assertEquals("""
        <?xml version="1.0" encoding="UTF-8"?>
        <R xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
        <K>a&lt;b&gt;&amp;&quot;c&apos;&#xa;&#xd;&#x9;&#x1;&#x7f; ä\u20ac\ud83d\ude00</K>\
        <ETag>&quot;abc-2&quot;</ETag><N>-7</N><F>true</F><T>2026-01-02T03:04:05.067Z</T></R>""", text(xml));
  }

  /// In one document, most of one day and each day's ends among them, as its growing array moves.
  @Test
  void timesAreWrittenAsTheyAre() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    DateTimeFormatter iso = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    XmlWriter xml = new XmlWriter(8);
    StringBuilder expected = new StringBuilder(XmlWriter.DECLARATION);
    long day = 0;
    for (int i = 0; i < 2_000; i++) {
      day = random.nextInt(4) == 0 ? random.nextInt(2_900_000) : day; // to the year 9909
      int second = switch (random.nextInt(4)) {
        case 0 -> 0;
        case 1 -> 86_399;
        default -> random.nextInt(86_400);
      };
      Instant time = Instant.ofEpochSecond(day * 86_400 + second, random.nextInt(1_000_000_000));
      xml.time("T", time);
      expected.append("<T>").append(iso.format(time)).append("</T>");
    }
    assertEquals(expected.toString(), text(xml), () -> "seed " + seed);
  }

  @Test
  void whatIsWrittenIsRead() throws MalformedXmlException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      StringBuilder key = new StringBuilder();
      for (int i = random.nextInt(40); i > 0; i--) {
        int c = switch (random.nextInt(4)) {
          case 0 -> "\t\n\r<>&'\"".charAt(random.nextInt(8));
          case 1 -> 0xa0 + random.nextInt(0x2000);
          case 2 -> 0x10000 + random.nextInt(0x10000);
          default -> ' ' + random.nextInt(95);
        };
        key.appendCodePoint(c);
      }
      XmlWriter xml = new XmlWriter(16);
      xml.openRoot("R");
      xml.text("K", key.toString());
      xml.close("R");
      XmlElement root = XmlElement.parse(text(xml).getBytes(StandardCharsets.UTF_8));
      assertEquals(key.toString(), root.childText("K").orElseThrow(), () -> "seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "<a>", "<a></b>", "<a/><b/>", "<a>&undefined;</a>",
      "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
      "<!DOCTYPE a [<!ENTITY e \"eeee\">]><a>&e;&e;</a>", "<a>\u0001</a>",
      "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
          + "</a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>"})
  void whatIsNoDocumentIsMalformed(String document) {
    assertThrows(MalformedXmlException.class, () -> XmlElement.parse(document.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void readsNamespacesCommentsAndCharacterData() throws MalformedXmlException {
    XmlElement root = XmlElement.parse(
        ("""
            <?xml version="1.0" encoding="UTF-8"?><!-- hello -->
            <s:Delete xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/">
            <s:Key>a<![CDATA[<b>]]>&amp;&#x63;<!-- no --></s:Key>
            </s:Delete>""")
            .getBytes(StandardCharsets.UTF_8));
    assertEquals("Delete", root.name());
    assertEquals("a<b>&c", root.childText("Key").orElseThrow());
  }

  @Test
  void aRepeatedElementIsMalformedWhereOneIsWanted() throws MalformedXmlException {
    XmlElement root = XmlElement.parse("<a><b/><b/></a>".getBytes(StandardCharsets.UTF_8));
    assertThrows(MalformedXmlException.class, () -> root.child("b"));
    assertEquals(2, root.children("b").size());
  }

  private static String text(XmlWriter xml) {
    ByteBuf bytes = xml.finish();
    try {
      return bytes.toString(StandardCharsets.UTF_8);
    } finally {
      bytes.release();
    }
  }
}
