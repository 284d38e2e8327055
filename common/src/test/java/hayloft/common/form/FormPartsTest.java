package hayloft.common.form;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormPartsTest {

  private static final String START = "--b\r\nContent-Disposition: form-data; name=\"f\"";

  /// @param content each byte a character
  record Part(PartHead head, String content) {}

  static List<Part> read(CutBody body, String boundary) throws IOException {
    List<Part> all = new ArrayList<>();
    try (var claim = new Claim(Claims.UNBOUNDED, Claims.Kind.HEAP);
        var parts = new FormParts(body, boundary, claim)) {
      for (PartHead head = parts.next(); head != null; head = parts.next()) {
        var content = new ByteArrayOutputStream();
        for (ByteBuf piece = parts.content(); piece != null; piece = parts.content()) {
          piece.readBytes(content, piece.readableBytes());
          piece.release();
        }
        all.add(new Part(head, content.toString(ISO_8859_1)));
      }
    } finally {
      assertTrue(body.isReleased());
    }
    return all;
  }

  /// Whole, byte by byte and in between, which must not differ.
  private static List<Part> read(String form) throws IOException {
    List<Part> whole = read(new CutBody(form.getBytes(UTF_8), new Random(1), 0), "b");
    for (int pieceBytes : new int[]{1, 2, 7}) {
      assertEquals(whole, read(new CutBody(form.getBytes(UTF_8), new Random(1), pieceBytes), "b"));
    }
    return whole;
  }

  private static PartHead head(String disposition) throws IOException {
    return read("--b\r\nContent-Disposition: " + disposition + "\r\n\r\n\r\n--b--").getFirst().head();
  }

  private static String refusal(String form) {
    String whole = refusal(new CutBody(form.getBytes(UTF_8), new Random(1), 0));
    assertEquals(whole, refusal(new CutBody(form.getBytes(UTF_8), new Random(1), 1)));
    return whole;
  }

  private static String refusal(CutBody body) {
    return "" + assertThrows(MalformedFormException.class, () -> read(body, "b")).getMessage();
  }

  @Test
  void partsComeInOrderWithWhatTheySay() throws IOException {
    assertEquals(
        List.of(new Part(new PartHead("a", Optional.empty(), "", "", Optional.empty()), "1\r\n2"),
            new Part(new PartHead("file", Optional.of("x.gz"), "text/plain; charset=utf-8", "gzip",
                Optional.of("AAAA")), "\r\n--c\r\n")),
        read("""
            --b\r
            Content-Disposition: form-data; name="a"\r
            \r
            1\r
            2\r
            --b\r
            content-type: text/plain; charset=utf-8\r
            CONTENT-DISPOSITION:FORM-DATA;NAME=file;filename=x.gz;\r
            Content-Encoding:\tgzip \r
            Content-MD5: AAAA\r
            X-Other: yes\r
            \r
            \r
            --c\r
            \r
            --b--\r
            """));
  }

  @Test
  void whatStandsAroundThePartsIsNoneOfThem() throws IOException {
    for (String before : List.of("", "\r\n", "preamble\r\n", "-\r\n\r\n", "--a\r\nx: y\r\n\r\n", "\r\r\n",
        " --b\r\n")) {
      for (String padding : List.of("", " ", "\t  \t")) {
        for (String behind : List.of("", "\r\n", "  \r\n", "\r\nepilogue\r\n--b\r\n", "\n?")) {
          String form = before + "--b" + padding + START.substring(3) + "\r\n\r\nhi\r\n--b--" + behind;
          List<Part> parts = read(form);
          assertEquals(1, parts.size(), form);
          assertEquals("hi", parts.getFirst().content(), form);
        }
      }
    }
    assertEquals(List.of(), read("--b--"));
    assertEquals(List.of(), read("none\r\n--b--"));
  }

  /// RFC 2046 lets the blank line behind a head be the one before the boundary.
  @Test
  void anEmptyPartMayShareItsLineEnd() throws IOException {
    for (String end : List.of("\r\n\r\n--b--", "\r\n\r\n\r\n--b--")) {
      assertEquals("", read(START + end).getFirst().content());
      assertEquals(List.of("", ""), read(START + end.substring(0, end.length() - 2) + START.substring(3) + end).stream()
          .map(Part::content).toList());
    }
    assertEquals("\r\n", read(START + "\r\n\r\n\r\n\r\n--b--").getFirst().content());
    assertEquals("\n", read(START + "\r\n\r\n\n\r\n--b--").getFirst().content());
    assertEquals("\r\n-", read(START + "\r\n\r\n\r\n-\r\n--b--").getFirst().content());
  }

  /// What each sends for the file `a "b" \ ü%.txt`, or leaves of it.
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "browsers, undici | filename=\"a %22b%22 \\ ü%.txt\"",
      "curl | filename=\"a %22b%22 \\ ü%.txt\"",
      "curl --form-escape | filename=\"a \\\"b\\\" \\\\ ü%.txt\"",
      "Go | filename=\"a \\\"b\\\" \\\\ ü%.txt\"",
      "urllib3 2 | filename=\"a %22b%22 \\\\ ü%.txt\"",
      "urllib3 1.24 | filename*=utf-8''a%20%22b%22%20%5C%20%C3%BC%25.txt",
      "both | filename=\"a b.txt\"; filename*=UTF-8'de'a%20%22b%22%20%5c%20%c3%bc%25.txt",
      "both, turned round | filename*=UTF-8'de'a%20%22b%22%20%5c%20%c3%bc%25.txt; filename=other"})
  void namesOfFilesAreReadAsTheyWereMeant(String client, String parameter) throws IOException {
    assertEquals(Optional.of("a \"b\" \\ ü%.txt"), head("form-data; name=f; " + parameter).fileName(), client);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"filename=\"C:\\dir\\a.txt\"|C:\\dir\\a.txt",
      "filename=\"\\\\host\\dir\\a.txt\"|\\host\\dir\\a.txt", "filename=a b.txt|a b.txt", "filename=a%22|a%22",
      "filename = \"a;b=c\" ; x=y|a;b=c", "filename=\"%0d%0A%41\"|%0d%0A%41", "FileName=A|A",
      "filename*=\"utf-8''%41\"|A", "filename=\"\\\"\\\\\\\"\"|\"\\\"", "filename=\"a'b\"|a'b"})
  void otherNamesOfFilesAreLeftAlone(String parameter, String name) throws IOException {
    assertEquals(Optional.of(name), head("form-data; name=f; " + parameter).fileName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "iso-8859-1''a", "utf-8''%", "utf-8''%4", "utf-8''%zz", "utf-8''%ff", "utf-8''ü",
      "utf-8'%41", "''", "\"\""})
  void ofAnExtendedNameThatCannotBeReadTheOtherCounts(String extended) throws IOException {
    assertEquals(Optional.of("a.txt"),
        head("form-data; name=f; filename=\"a.txt\"; filename*=" + extended).fileName());
    assertEquals(Optional.of("a.txt"), head("form-data; name=f; filename*=" + extended + ";filename=a.txt").fileName());
    assertEquals(Optional.of(""), head("form-data; name=f; filename*=" + extended).fileName(), "a file all the same");
  }

  @Test
  void aNameWithoutLettersIsANameAllTheSame() throws IOException {
    assertEquals(Optional.of(""), head("form-data; name=f; filename=\"\"").fileName());
    assertEquals(Optional.empty(), head("form-data; name=f").fileName());
    assertEquals("", head("form-data; name=\"\"").name());
    assertEquals("a\"b", head("form-data; name=\"a%22b\"").name());
  }

  @ParameterizedTest
  @ValueSource(strings = {"attachment; name=f", "form-data", "form-data; filename=x", "form-data; name", "",
      "form-data; name=f; name=g", "form-data; name=f; filename=a; FILENAME=b", "form-data; name=\"f",
      "form-data; name=\"f\\\"", "form-data; name=\"f\"g", "form-data; name=\"f\" \"g\"", "form-data; =f; name=f",
      "form-data; na me=f", "form-data, name=f"})
  void dispositionsThatSayNothingAreRefused(String disposition) {
    refusal("--b\r\nContent-Disposition: " + disposition + "\r\n\r\n\r\n--b--");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--b", "--b\r\n", "--b-", "--b-x", "--b \r", "--bc\r\n", "--b\n", "junk",
      "--b\r\n\r\n\r\n--b--", START, START + "\r\n", START + "\r\n\r\n", START + "\r\n\r\ncut",
      START + "\r\n\r\ncut\r\n--", START + "\r\n\r\nhi\r\n--b", START + "\r\n\r\nhi\r\n--bc--",
      START + "\r\n\r\nhi\r\n--b -",
      START + "\r\n folded\r\n\r\n\r\n--b--",
      START + ";\r\n\tfilename=x\r\n\r\n\r\n--b--", START + "\r\nno field\r\n\r\n\r\n--b--",
      START + "\r\n: x\r\n\r\n\r\n--b--", START + "\r\na b: x\r\n\r\n\r\n--b--", START + "\n\n\r\n--b--",
      START + "\r\na: b\rc\r\n\r\n\r\n--b--",
      START + "\r\na: \0\r\n\r\n\r\n--b--", START + "\r\nContent-Disposition: form-data; name=g\r\n\r\n\r\n--b--",
      START + "\r\na: b\r\nA: c\r\n\r\n\r\n--b--"})
  void whatIsNoFormIsRefused(String form) {
    refusal(form);
  }

  @Test
  void everythingIsBounded() throws IOException {
    String end = "\r\n\r\nhi\r\n--b--";
    String fits = START + "\r\nx: " + "y".repeat(FormParts.MAX_HEAD_BYTES - START.length() + 2) + end;
    assertEquals(1, read(fits).size());
    assertTrue(refusal(fits.replace("x: ", "xx: ")).contains("no end within 8192 bytes"));
    assertTrue(refusal(START + "\r\nx: " + "y".repeat(20_000)).contains("no end within 8192 bytes"));
    assertTrue(refusal("x".repeat(FormParts.MAX_HEAD_BYTES + 1) + "\r\n" + START + end).contains("first boundary"));
    assertEquals(1, read("x".repeat(FormParts.MAX_HEAD_BYTES - 2) + "\r\n" + START + end).size());
    assertTrue(refusal("--b" + " ".repeat(FormParts.MAX_HEAD_BYTES + 1) + "\r\n").contains("behind a boundary"));
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < 32; i++) {
      fields.append("\r\nx").append(i).append(": y");
    }
    assertTrue(refusal(START + fields + end).contains("more than 32 fields"));
    assertTrue(refusal(START + fields.toString().replace("\r\n", ";").replace(": ", "=") + end).contains("parameters"));
    String many = (START + "\r\n\r\nhi\r\n").repeat(FormParts.MAX_PARTS);
    assertEquals(FormParts.MAX_PARTS, read(many + "--b--").size());
    assertTrue(refusal(many + START + end).contains("more than 1000 parts"));
  }

  @Test
  void aHeadIsClaimedBeforeItIsKept() throws IOException {
    var taken = new AtomicLong();
    Claims claims = new Claims() {
      @Override
      public void take(Kind kind, long bytes) {
        taken.addAndGet(bytes);
      }

      @Override
      public void giveBack(Kind kind, long bytes) {
        taken.addAndGet(-bytes);
      }
    };
    CutBody body = new CutBody((START + "\r\n").getBytes(UTF_8), new Random(1), 5);
    try (var claim = new Claim(claims, Claims.Kind.HEAP);
        var parts = new FormParts(body, "b", claim)) {
      assertThrows(MalformedFormException.class, parts::next);
      assertTrue(taken.get() >= FormParts.MAX_HEAD_BYTES);
    }
    assertEquals(0, taken.get());
  }

  /// A part is handed on while the rest has not come.
  @Test
  void nothingIsGathered() throws IOException {
    byte[] form = (START + "\r\n\r\n" + "x".repeat(100_000) + "\r\n--b--").getBytes(UTF_8);
    CutBody body = new CutBody(form, new Random(1), 1000);
    try (var claim = new Claim(Claims.UNBOUNDED, Claims.Kind.HEAP);
        var parts = new FormParts(body, "b", claim)) {
      parts.next();
      int seen = 0;
      for (ByteBuf piece = parts.content(); piece != null; piece = parts.content()) {
        seen += piece.readableBytes();
        piece.release();
        assertTrue(form.length - body.leftBytes() <= seen + 1000 + START.length() + 16);
      }
      assertEquals(100_000, seen);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"multipart/form-data; boundary=b|b",
      "Multipart/Form-Data;charset=x; BOUNDARY=\"b c\"|b c", "multipart/form-data; boundary=\"a;b\"|a;b",
      "multipart/form-data; boundary===a=b|==a=b", "multipart/form-data; boundary=b;|b", "multipart/form-data|",
      "multipart/form-data; boundary=|", "multipart/form-data; boundary=\"\"|", "multipart/mixed; boundary=b|",
      "multipart/form-datas; boundary=b|", "multipart/form-data; boundary=\"b \"|",
      "multipart/form-data; boundary=a; boundary=b|", "multipart/form-data; boundary=\"b|",
      "multipart/form-data; boundary=ü|", "multipart/form-data; boundary=a\u0001b|", "|",
      "multipart/form-data; boundary=1234567890123456789012345678901234567890123456789012345678901234567890"
          + "|1234567890123456789012345678901234567890123456789012345678901234567890",
      "multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901|"})
  void theBoundaryIsWhatTheTypeNames(@Nullable String type, @Nullable String boundary) {
    assertEquals(Optional.ofNullable(boundary), FormParts.boundary(type == null ? "" : type));
  }
}
