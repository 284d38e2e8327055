package hayloft.s3.xml;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.aalto.stax.InputFactoryImpl;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// No document costs more than its bytes, and what clients send is read as before.
class XmlBoundsTest {

  private static final int LARGEST_BYTES = 4 << 20; // that any operation reads
  private static final long CPU_NANOS = 1_500_000_000; // of one core, cold; attacks took 6 s with a tenth of the bytes

  record Attack(String name, String document) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static String times(int bytes, IntFunction<String> part) {
    StringBuilder all = new StringBuilder(bytes);
    for (int i = 0; all.length() < bytes - 100; i++) {
      all.append(part.apply(i));
    }
    return all.toString();
  }

  static List<Attack> attacks() {
    int most = LARGEST_BYTES;
    return List.of(
        new Attack("namespaces", "<a " + times(354 << 10, i -> "xmlns:a" + i + "='' ") + "/>"),
        new Attack("namespaces to the brim", "<a " + times(most, i -> "xmlns:a" + i + "='' ") + "/>"),
        new Attack("attributes", "<a " + times(most, i -> "a" + i + "='' ") + "/>"),
        new Attack("the same attribute", "<a " + times(most, _ -> "a='' ") + "/>"),
        new Attack("attributes in end tags", "<a>" + times(most, _ -> "</a b='c'>")),
        new Attack("attributes of many elements",
            "<a>" + times(most, i -> "<b c" + i % 200 + "='' d" + i % 50 + "=''/>") + "</a>"),
        new Attack("namespaces of many elements",
            "<a>" + times(most, i -> "<b xmlns:c='" + i + "' xmlns:d='" + i + "'><c:e d:f='g'/></b>") + "</a>"),
        new Attack("namespaces in depth",
            times(1 << 20, i -> "<a" + i + " " + IntStream.range(0, 15).mapToObj(n -> "xmlns:n" + n + "='" + i + "'")
                .collect(Collectors.joining(" ")) + ">")),
        new Attack("different names", "<a>" + times(most, i -> "<b" + i + "/>") + "</a>"),
        new Attack("different instructions", "<a>" + times(most, i -> "<?b" + i + "?>") + "</a>"),
        new Attack("a long name", "<" + "a".repeat(most) + "/>"),
        new Attack("a long prefix", "<" + "a".repeat(most) + ":b/>"),
        new Attack("a long name that ends", "<a></" + "a".repeat(most) + ">"),
        new Attack("a long attribute's name", "<a " + "b".repeat(most) + "=''/>"),
        new Attack("depth", "<a>".repeat(most / 3)),
        new Attack("depth that ends", "<a>".repeat(most / 8) + "</a>".repeat(most / 8)),
        new Attack("siblings", "<a>" + "<b/>".repeat(most / 4 - 2) + "</a>"),
        new Attack("as many siblings as may be", "<a>" + "<b></b>".repeat(XmlBounds.MAX_ELEMENTS - 1) + "</a>"),
        new Attack("ends without a beginning", "<a>" + "</a>".repeat(most / 4 - 2)),
        new Attack("references", "<a>" + "&amp;".repeat(most / 5 - 2) + "</a>"),
        new Attack("character references", "<a>" + "&#x10FFFF;".repeat(most / 10 - 2) + "</a>"),
        new Attack("undefined references", "<a>" + times(most, i -> "&e" + i + ";") + "</a>"),
        new Attack("a long reference", "<a>&" + "e".repeat(most) + ";</a>"),
        new Attack("a character reference of zeros", "<a>&#" + "0".repeat(most) + "65;</a>"),
        new Attack("references in an attribute", "<a b='" + "&lt;".repeat(most / 4 - 3) + "'/>"),
        new Attack("laughs", "<!DOCTYPE a [<!ENTITY b '" + "c".repeat(most) + "'>]><a>&b;</a>"),
        new Attack("comments", "<a>" + "<!---->".repeat(most / 7 - 2) + "</a>"),
        new Attack("comments before", "<!---->".repeat(most / 7 - 2) + "<a/>"),
        new Attack("comments behind", "<a/>" + "<!---->".repeat(most / 7 - 2)),
        new Attack("a long comment", "<a><!--" + "- ".repeat(most / 2 - 10) + "--></a>"),
        new Attack("a comment without end", "<a><!--" + "-".repeat(most)),
        new Attack("half comments", "<a>" + "<!-".repeat(most / 3)),
        new Attack("character data", "<a>" + "<![CDATA[]]>".repeat(most / 12 - 2) + "</a>"),
        new Attack("character data without end", "<a><![CDATA[" + "]".repeat(most)),
        new Attack("a long value", "<a b='" + "c".repeat(most) + "'/>"),
        new Attack("a value of line ends", "<a b='" + "\r\n".repeat(most / 2 - 10) + "'/>"),
        new Attack("an instruction", "<a><?b " + "? ".repeat(most / 2 - 10) + "?></a>"),
        new Attack("instructions", "<a>" + "<?b?>".repeat(most / 5 - 2) + "</a>"),
        new Attack("an instruction without end", "<?b " + "?".repeat(most)),
        new Attack("a declaration without end", "<?xml version='1.0' " + "?".repeat(most)),
        new Attack("blanks", " ".repeat(most) + "<a/>"),
        new Attack("blanks in a tag", "<a" + " ".repeat(most) + "/>"),
        new Attack("text", "<a>" + "\u20ac".repeat(most / 3 - 10) + "</a>"),
        new Attack("brackets", "<a>" + "]".repeat(most) + "</a>"),
        new Attack("nothing but the beginning of tags", "<".repeat(most)),
        new Attack("names whose hashes are the same", "<a>" + times(most, XmlBoundsTest::alike) + "</a>"));
  }

  /// Different names of one hash as [String] has it, and as many tables that add up letters do.
  private static String alike(int number) {
    StringBuilder name = new StringBuilder("<");
    for (int bit = 0; bit < 18; bit++) {
      name.append((number >> bit & 1) == 0 ? "Aa" : "BB");
    }
    return name + "/>";
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void noDocumentCostsMoreThanItsBytes(Attack attack) {
    byte[] document = attack.document().getBytes(UTF_8);
    assertTrue(document.length <= LARGEST_BYTES + (1 << 20), attack.name());
    var threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    try {
      XmlElement.parse(document);
    } catch (MalformedXmlException _) {
      // one way or the other
    }
    long spent = threads.getCurrentThreadCpuTime() - before;
    assertTrue(spent < CPU_NANOS, () -> attack + " took " + spent / 1_000_000 + " ms of CPU");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "utf-16le", "ISO-8859-1", "US-ASCII", "windows-1252", "IBM037", "UTF-7", "x"})
  void otherEncodingsAreRefused(String encoding) {
    for (String quote : new String[]{"'", "\""}) {
      String document = "<?xml version='1.0' encoding = " + quote + encoding + quote + "?><a/>";
      assertThrows(MalformedXmlException.class, () -> XmlElement.parse(document.getBytes(UTF_8)));
    }
    if (Charset.isSupported(encoding)) {
      Charset charset = Charset.forName(encoding);
      String document = "<?xml version='1.0' encoding='" + encoding + "'?><a>x</a>";
      assertThrows(MalformedXmlException.class, () -> XmlElement.parse(document.getBytes(charset)));
    }
    for (Charset wide : new Charset[]{UTF_16, UTF_16LE, Charset.forName("UTF-32"), Charset.forName("UTF-32LE")}) {
      assertThrows(MalformedXmlException.class, () -> XmlElement.parse("<a>x</a>".getBytes(wide)));
      assertThrows(MalformedXmlException.class, () -> XmlElement.parse("\ufeff<a>x</a>".getBytes(wide)));
    }
    assertThrows(MalformedXmlException.class, () -> XmlElement.parse("<a>\u00e4</a>".getBytes(ISO_8859_1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"<a/>", "\ufeff<a/>", " <a/>", "<?xml version='1.0'?><a/>",
      "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes'?>\n<a/>\n", "<a b='>' c=\"'/>\" />",
      "<a><!--<b>--></a>",
      "<a><![CDATA[<b>]]]]></a>", "<a><?b <c> ?></a>", "<a >&lt;&#65;&#x0041;</a >",
      "<a xmlns='u' xmlns:xsi='v'><b xsi:type='CanonicalUser'/></a>", "<\u00e4 \u00f6='\u20ac'>\u20ac</\u00e4>"})
  void whatIsADocumentIsRead(String document) {
    assertDoesNotThrow(() -> XmlElement.parse(document.getBytes(UTF_8)));
  }

  @Test
  void theLargestDocumentsOfS3AreRead() throws MalformedXmlException {
    String parts = IntStream.rangeClosed(1, 10_000)
        .mapToObj(n -> "<Part><ETag>&quot;" + "0".repeat(32) + "&quot;</ETag><PartNumber>" + n
            + "</PartNumber><ChecksumCRC32/><ChecksumCRC32C/><ChecksumSHA1/><ChecksumSHA256>" + "x".repeat(44)
            + "</ChecksumSHA256></Part>")
        .collect(Collectors.joining("\n"));
    assertEquals(10_000, XmlElement.parse(("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        + parts + "</CompleteMultipartUpload>").getBytes(UTF_8)).children("Part").size());
  }

  /// What the parser would have met in a document, or why nothing.
  private record Seen(boolean wellFormed, int depth, int elements, int attributes, int names, boolean refused) {}

  private static Seen withoutBounds(byte[] document) {
    InputFactoryImpl factory = new InputFactoryImpl();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    int depth = 0;
    int deepest = 0;
    int elements = 0;
    int attributes = 0;
    boolean refused = false;
    Set<String> names = new HashSet<>();
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(document));
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> {
            deepest = Math.max(deepest, ++depth);
            elements++;
            attributes = Math.max(attributes, reader.getAttributeCount() + reader.getNamespaceCount());
            names.add(reader.getLocalName());
          }
          case XMLStreamConstants.END_ELEMENT -> depth--;
          case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> refused = true;
          default -> {
            // nothing to count
          }
        }
      }
      return new Seen(true, deepest, elements, attributes, names.size(), refused);
    } catch (XMLStreamException | RuntimeException _) {
      return new Seen(false, deepest, elements, attributes, names.size(), refused);
    }
  }

  /// What the parser reads within bounds is not refused, and what it meets beyond them never comes to it.
  @Test
  void theParserAndTheBoundsSeeTheSameDocument() {
    long seed = Long.getLong("hayloft.seed", System.nanoTime());
    System.out.println("XmlBoundsTest seed " + seed);
    Random random = new Random(seed);
    String[] parts = {"<a>", "</a>", "<b c='d'>", "</b>", "<e/>", "<f g=\"h>\" i='\"'/>", "<!--", "-->", "<!-- j -->",
        "<![CDATA[", "]]>", "<?k", "?>", "<?l m?>", "&amp;", "&#65;", "&n;", "&", ";", "<", ">", "/", "'", "\"", "=",
        " ",
        "\n", "\t", "o", "\u20ac", "xmlns:p='q'", "<p:r xmlns:p='s'/>", "<!DOCTYPE a>", "<?xml version='1.0'?>", "-",
        "]",
        "?", "!", "[", "<t u='v' u='w'/>", "\u0085", "\u2028", "\ufeff", "<x y=z/>"};
    int read = 0;
    for (int round = 0; round < 60_000; round++) {
      StringBuilder text = new StringBuilder();
      boolean framed = random.nextInt(4) > 0;
      List<String> open = new ArrayList<>();
      if (framed) {
        text.append("<a>");
      }
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      if (framed) {
        text.append("</a>");
      }
      byte[] document = text.toString().getBytes(UTF_8);
      for (int flips = random.nextInt(8) == 0 ? 1 : 0; flips > 0 && document.length > 0; flips--) {
        document[random.nextInt(document.length)] = (byte) random.nextInt(256);
      }
      Seen seen = withoutBounds(document);
      boolean kept;
      try {
        XmlElement.parse(document);
        kept = true;
      } catch (MalformedXmlException _) {
        kept = false;
      }
      boolean expected = seen.wellFormed() && !seen.refused() && seen.elements() > 0;
      if (kept != expected) {
        throw new AssertionError("seed " + seed + ", kept " + kept + ", " + seen + ": "
            + new String(document, UTF_8) + " " + java.util.Arrays.toString(document));
      }
      read += kept ? 1 : 0;
    }
    assertTrue(read > 1_000, "only " + read + " documents were read: the fuzzer is blind");
  }

  @Test
  void beyondABoundNothingComesToTheParser() {
    long seed = Long.getLong("hayloft.seed", System.nanoTime());
    System.out.println("XmlBoundsTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      StringBuilder text = new StringBuilder();
      int depth = random.nextInt(24);
      int attributes = random.nextInt(24);
      for (int level = 0; level <= depth; level++) {
        text.append(noise(random)).append("<a");
        if (level == 0) {
          for (int i = 0; i < attributes; i++) {
            text.append(random.nextBoolean() ? " xmlns:b" : "\tb").append(i).append(" =\n'/>\"&lt;'");
          }
        }
        text.append('>');
      }
      for (int level = 0; level <= depth; level++) {
        text.append(noise(random)).append("</a>");
      }
      byte[] document = text.toString().strip().getBytes(UTF_8);
      Seen seen = withoutBounds(document);
      assertTrue(seen.wellFormed(), () -> "seed " + seed + ": " + text);
      boolean within = seen.depth() <= XmlBounds.MAX_DEPTH && seen.attributes() <= XmlBounds.MAX_ATTRIBUTES;
      boolean kept;
      try {
        XmlElement.parse(document);
        kept = true;
      } catch (MalformedXmlException _) {
        kept = false;
      }
      assertEquals(within, kept, () -> "seed " + seed + ", " + seen + ": " + text);
    }
  }

  private static String noise(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> "<!-- <a> </a> - -->";
      case 1 -> "<?b <a> ? > </a> ?>";
      case 2 -> "\n ";
      default -> "";
    };
  }
}
