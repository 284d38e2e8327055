package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HeaderDatesTest {

  private static final Instant NOW = Instant.parse("2026-11-30T00:00:00Z");

  @ParameterizedTest
  @CsvSource({"'Sun, 06 Nov 1994 08:49:37 GMT',1994-11-06T08:49:37Z",
      "'Sunday, 06-Nov-94 08:49:37 GMT',1994-11-06T08:49:37Z", "Sun Nov  6 08:49:37 1994,1994-11-06T08:49:37Z",
      "Sun Nov 16 08:49:37 1994,1994-11-16T08:49:37Z",
      "'Thu, 29 Feb 2024 00:00:00 GMT',2024-02-29T00:00:00Z", "'Thursday, 31-Dec-76 00:00:00 GMT',2076-12-31T00:00:00Z",
      "'Saturday, 01-Jan-77 00:00:00 GMT',1977-01-01T00:00:00Z", "'Mon, 06 Nov 1994 08:49:37 GMT',1994-11-06T08:49:37Z",
      "'Fri, 31 Dec 9999 23:59:59 GMT',9999-12-31T23:59:59Z", "'Sat, 31 Dec 2016 23:59:60 GMT',2017-01-01T00:00:00Z",
      "'Tuesday, 30-Jun-15 23:59:60 GMT',2015-07-01T00:00:00Z", "Sat Dec 31 23:59:60 2016,2017-01-01T00:00:00Z"})
  void theThreeFormsAreRead(String text, Instant expected) {
    assertEquals(Optional.of(expected), HeaderDates.parse(text, NOW));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "Sun", "Sun,", "Sunday", "Sun ", "yesterday", "1767323045", "1994-11-06T08:49:37Z",
      "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
      " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
      "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT",
      "Sunday, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sat, 31 Dec 2016 23:59:61 GMT", "Sat, 31 Dec 2016 23:58:60 GMT", "Sat, 31 Dec 2016 22:59:60 GMT",
      "Sat, 31 Nov 2016 23:59:60 GMT", "23:59:60",
      "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMTx", "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 94",
      "Sun Nov  6 08:49:37 19945", "Sun Nov  6 08:49:37 1994 GMT", "Sunda, 06-Nov-94 08:49:37 GMT",
      "nda, 06 Nov 1994 08:49:37 GMT", "day, 06 Nov 1994 08:49:37 GMT", "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMT,Sun, 06 Nov 1994 08:49:37 GMT"})
  void whateverElseStandsThereIsNoDate(String text) {
    assertEquals(Optional.empty(), HeaderDates.parse(text, NOW));
  }

  @Test
  void lengthIsNoFault() {
    for (String text : new String[]{"a".repeat(8000), "1".repeat(8000),
        "Sun, 06 Nov 1994 08:49:37 GMT" + " ".repeat(99),
        "Sunday".repeat(1000)}) {
      assertEquals(Optional.empty(), HeaderDates.parse(text, NOW));
    }
  }

  @Test
  void whatTheServerWritesItReads() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      Instant time = Instant.ofEpochSecond(random.nextLong(253_402_300_800L));
      assertEquals(Optional.of(time), HeaderDates.parse(DateFormatter.format(Date.from(time)), NOW), time.toString());
    }
  }

  @Test
  void linesThatDifferAreNoDate() {
    HttpHeaders headers = new DefaultHttpHeaders();
    assertEquals(Optional.empty(), HeaderDates.find(headers, "if-modified-since"));
    headers.add("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT");
    assertEquals(Optional.of(Instant.parse("1994-11-06T08:49:37Z")), HeaderDates.find(headers, "if-modified-since"));
    headers.add("if-modified-since", "Sun, 06 Nov 1994 08:49:38 GMT");
    assertEquals(Optional.empty(), HeaderDates.find(headers, "if-modified-since"));
  }
}
