package hayloft.common.form;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hayloft.common.form.FormPartsTest.Part;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Forms made of what forms are made of, cut anywhere, against a reader that has them whole. A seed in a message
/// replays what failed.
class FormPartsFuzzTest {

  private static final String BOUNDARY = "-b'";
  private static final String[] CONTENT = {"\r", "\n", "\r\n", "-", "--", "\r\n--", "\r\n---", "\r\n---b", "\r\n---b\"",
      "\r\n---b'", "\r\n---b' \t", "\r\n---b'-", "\r\n---b'--a", "\r\n---b'\r", "\r\n---b'x\r\n", "a", "\0", "\r\r\n",
      "\u00ff", ":", "\r\n\r\n"};
  private static final String[] AROUND = {"", "", "", " ", "\t", "\r\n", "x", "-", "\n", "--"};
  private static final String[] HEAD = {"\"", "\\", "\\\"", ";", "=", "name=", "filename=", "filename*=", "utf-8''",
      "'", "%", "%22", "%4", "\u00c3\u00bc", " ", "\t", "a", "form-data", ",", "*", "name=\"a\"; ", "filename=\"b\"; "};

  static LongStream seeds() {
    return LongStream.range(0, 100);
  }

  private static final Pattern DELIMITER = Pattern.compile(
      "\r\n--" + Pattern.quote(BOUNDARY) + "(?:[ \t]*\r\n|(?<last>--(?=[ \t\r\n]|$(?!\n))))");

  /// Empty if it is no form.
  private static Optional<List<Part>> reference(String form) {
    String text = "\r\n" + form;
    Matcher delimiter = DELIMITER.matcher(text);
    List<Part> parts = new ArrayList<>();
    for (boolean found = delimiter.find(); found && delimiter.group("last") == null;) {
      int at = delimiter.end() - 2;
      int blank = text.indexOf("\r\n\r\n", at);
      found = blank >= 0 && delimiter.find(blank + 2);
      if (!found) {
        return Optional.empty();
      }
      int end = delimiter.start();
      String head = blank == at ? "" : text.substring(at + 2, blank);
      if (head.replace("\r\n", "").chars().anyMatch(c -> "\r\n\0".indexOf(c) >= 0)) {
        return Optional.empty();
      }
      try {
        parts.add(new Part(PartHead.parse(List.of(head.split("\r\n", -1))),
            text.substring(Math.min(blank + 4, end), end)));
      } catch (MalformedFormException _) { // which is an answer
        return Optional.empty();
      }
    }
    return delimiter.hasMatch() ? Optional.of(parts) : Optional.empty();
  }

  private static String any(Random random, String[] bits, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append(bits[random.nextInt(bits.length)]);
    }
    return text.toString();
  }

  private static String form(Random random) {
    StringBuilder form = new StringBuilder(random.nextInt(4) == 0 ? any(random, CONTENT, 8) + "\r\n" : "");
    for (int i = random.nextInt(4); i > 0; i--) {
      form.append("--").append(BOUNDARY).append(random.nextInt(8) == 0 ? any(random, AROUND, 2) : "")
          .append("\r\nContent-Disposition: form-data; name=a").append(random.nextInt(2) == 0 ? "\r\nx: y" : "")
          .append("\r\n\r\n").append(any(random, CONTENT, 16)).append(random.nextInt(10) == 0 ? "" : "\r\n");
    }
    form.append("--").append(BOUNDARY).append("--").append(random.nextInt(8) == 0 ? "" : "\r\n")
        .append(any(random, CONTENT, 3));
    for (int i = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0; i > 0; i--) {
      form.replace(random.nextInt(form.length()), form.length(), form.substring(random.nextInt(form.length())));
    }
    return form.toString();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void partsAreThoseOfTheWholeForm(long seed) throws IOException {
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      String form = form(random);
      Optional<List<Part>> expected = reference(form);
      for (int pieceBytes : new int[]{0, 1, 3, 40}) {
        Optional<List<Part>> read;
        try {
          read = Optional.of(FormPartsTest.read(new CutBody(form.getBytes(ISO_8859_1), random, pieceBytes), BOUNDARY));
        } catch (MalformedFormException _) { // which is an answer
          read = Optional.empty();
        }
        assertEquals(expected, read, () -> "seed " + seed + " made " + form.replace("\r", "\\r").replace("\n", "\\n"));
      }
    }
  }

  /// A line that only begins like a delimiter is the part's own, wherever a piece ends.
  @Test
  void whatOnlyBeginsLikeADelimiterIsContent() throws IOException {
    for (String behind : List.of("DEF\r\n", " x", "\t \rx", "\r", "\r\r\r\n", "\rx\r", "-", "-\r\n", "-x", "- -\r\n",
        "--x", "---",
        "--\0", "--" + BOUNDARY, "\n", " ".repeat(FormParts.MAX_BLANKS) + "x")) {
      String content = "A\r\n--" + BOUNDARY + behind + "B\r\n--";
      String form = "--" + BOUNDARY + "x\r\n--" + BOUNDARY + " \r\nContent-Disposition: form-data; name=a\r\n\r\n"
          + content
          + "\r\n--" + BOUNDARY + "--";
      for (String last : List.of("", " ", "\n", "\r\n", "\r\nepilogue")) {
        byte[] bytes = (form + last).getBytes(ISO_8859_1);
        for (int cut = 1; cut < bytes.length; cut++) {
          List<Part> parts = FormPartsTest.read(new CutBody(bytes, cut), BOUNDARY);
          assertEquals(List.of(content), parts.stream().map(Part::content).toList(), "cut at " + cut);
        }
        assertEquals(content, FormPartsTest.read(new CutBody(bytes, new Random(1), 1), BOUNDARY).getFirst().content());
      }
    }
  }

  @Test
  void mostOfTheseFormsAreSome() {
    Random random = new Random(1);
    long good = Stream.generate(() -> form(random)).limit(1000).filter(form -> reference(form).isPresent()).count();
    assertTrue(good > 400 && good < 900, good + " of 1000");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void hostileHeadsAreReadOrRefused(long seed) throws IOException {
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      String disposition = (random.nextBoolean() ? "form-data; " : "") + any(random, HEAD, 20);
      try {
        PartHead head = PartHead.parse(List.of("Content-Disposition:" + disposition));
        assertTrue(disposition.toLowerCase(Locale.ROOT).contains("name"), () -> "seed " + seed + " " + head);
      } catch (MalformedFormException e) {
        assertFalse(String.valueOf(e.getMessage()).isEmpty());
      } catch (RuntimeException e) {
        fail("seed " + seed + " made " + disposition, e);
      }
    }
  }

  /// A quoted name of 15 KB ended a reader by pattern with StackOverflowError. On a small stack, since a virtual
  /// thread's may be one.
  @ParameterizedTest
  @ValueSource(strings = {"\\\\", "\\\"", "x", ";", "=", "; a=", ";\t", "\"", "%22", "'", "\\", "a=\"\";", " "})
  void longHeadsCostWhatTheirLengthDoes(String bit) throws Exception {
    for (String start : List.of("form-data; name=\"", "form-data; name=", "form-data; filename*=utf-8''", "form-data",
        "")) {
      String head = start + bit.repeat(100_000);
      var thrown = new AtomicReference<@Nullable Throwable>();
      Thread reader = new Thread(null, () -> {
        try {
          FormParts.boundary(head);
          PartHead.parse(List.of("Content-Disposition: " + head));
        } catch (MalformedFormException e) {
          assertFalse(String.valueOf(e.getMessage()).isEmpty());
        }
      }, "small", 64 << 10);
      reader.setUncaughtExceptionHandler((_, e) -> thrown.set(e));
      reader.start();
      assertTrue(reader.join(Duration.ofSeconds(20)), bit);
      assertNull(thrown.get(), bit);
    }
  }
}
