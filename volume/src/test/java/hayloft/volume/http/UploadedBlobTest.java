package hayloft.volume.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UploadedBlobTest {

  private static final int MOST = 1000;
  private static final String FILE = "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n";
  private static final String FIELD = "--b\r\nContent-Disposition: form-data; name=t\r\n\r\n";

  private final Counted counted = new Counted();

  private static final class Counted implements Claims {
    private long bytes;
    private long mostBytes;

    @Override
    public void take(Kind kind, long more) {
      bytes += more;
      mostBytes = Math.max(mostBytes, bytes);
    }

    @Override
    public void giveBack(Kind kind, long given) {
      bytes -= given;
    }
  }

  private String receive(String body, int pieceBytes) throws IOException {
    return receive("multipart/form-data; boundary=b", body, pieceBytes);
  }

  private String receive(String type, String body, int pieceBytes) throws IOException {
    var exchange = new FakeExchange(HttpMethod.POST, "/3,01637037d6").sending(body.getBytes(UTF_8), pieceBytes)
        .with("content-type", type);
    try (Claim claim = new Claim(counted, Claims.Kind.BUFFERS)) {
      UploadedBlob blob = UploadedBlob.receive(exchange, MOST, claim);
      try {
        return blob.bytes().toString(UTF_8);
      } finally {
        blob.bytes().release();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 5000})
  void theTextAroundAFileIsNotKept(int pieceBytes) throws IOException {
    String text = FIELD + "t".repeat(30_000) + "\r\n";
    assertEquals("hi", receive(text + FILE + "hi\r\n" + text + "--b--\r\n", pieceBytes));
    assertTrue(counted.mostBytes <= 16 << 10, counted.mostBytes + " bytes claimed");
  }

  /// A buffer of two bytes keeps the piece that they are a part of.
  @Test
  void aPieceThatIsKeptForAPartOfItIsClaimedWhole() throws IOException {
    String text = FIELD + "t".repeat(60_000) + "\r\n";
    assertEquals("hi", receive(text + FILE + "hi\r\n--b--\r\n", Integer.MAX_VALUE));
    assertTrue(counted.mostBytes >= 60_000, counted.mostBytes + " bytes claimed");
  }

  @Test
  void theFirstFileIsTaken() throws IOException {
    for (int pieceBytes : new int[]{1, 7, Integer.MAX_VALUE}) {
      assertEquals("one", receive(FIELD + "1\r\n" + FILE + "one\r\n" + FILE + "two\r\n--b--", pieceBytes));
    }
  }

  @Test
  void aLineThatOnlyBeginsLikeTheBoundaryIsTheFiles() throws IOException {
    for (int pieceBytes : new int[]{1, 7, Integer.MAX_VALUE}) {
      assertEquals("A\r\n--bc\r\nB\r\n--b--c", receive(FILE + "A\r\n--bc\r\nB\r\n--b--c\r\n--b--", pieceBytes));
    }
  }

  @Test
  void fileAndFormAreBounded() throws IOException {
    String most = "f".repeat(MOST);
    for (int pieceBytes : new int[]{100, Integer.MAX_VALUE}) {
      assertEquals(most, receive(FILE + most + "\r\n--b--", pieceBytes));
      assertThrows(UploadedBlob.TooLargeException.class, () -> receive(FILE + most + "f\r\n--b--", pieceBytes));
      assertThrows(UploadedBlob.TooLargeException.class, () -> receive("text/plain", most + "f", pieceBytes));
    }
    String text = "t".repeat(UploadedBlob.MAX_FORM_EXTRA_BYTES + MOST);
    for (String form : new String[]{FIELD + text, FILE + "hi\r\n--b--" + text, FILE + "hi\r\n" + FIELD + text}) {
      assertThrows(UploadedBlob.TooLargeException.class, () -> receive(form, 999));
    }
  }

  /// A pattern's recursion ended both with StackOverflowError.
  @Test
  void longQuotedTextIsReadOrRefused() {
    String quoted = "\"" + "\\\\x".repeat(5000) + "\"";
    assertThrows(UploadedBlob.BadFormException.class,
        () -> receive(FILE.replace("=x", "=" + quoted) + "hi\r\n--b--", 100));
    assertThrows(UploadedBlob.BadFormException.class,
        () -> receive("multipart/form-data; x=" + quoted + "; boundary=" + quoted, FILE + "hi\r\n--b--", 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data2; boundary=b",
      "multipart/form-data; boundary=\"b"})
  void aFormHasABoundary(String type) {
    assertEquals("not a form: its type has no boundary of at most 70 letters",
        assertThrows(UploadedBlob.BadFormException.class, () -> receive(type, FILE + "hi\r\n--b--", 100)).getMessage());
  }

  @Test
  void whatIsWrongWithAFormIsSaid() {
    for (String[] form : new String[][]{{FIELD + "hi\r\n--b--", "the form has no file"},
        {FILE + "hi", "not a form: it ends before its last boundary"},
        {FILE.replace("form-data", "attachment") + "hi\r\n--b--",
            "not a form: a part does not say that it is form-data, and its name"}}) {
      assertEquals(form[1],
          assertThrows(UploadedBlob.BadFormException.class, () -> receive(form[0], 100)).getMessage());
    }
  }
}
