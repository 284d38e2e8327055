package hayloft.s3.xml;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import hayloft.common.http.HeaderDates;
import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Date;
import java.util.Optional;

/// Points in time as S3 writes them: ISO 8601 with milliseconds in documents, RFC 9110 dates in headers.
public final class Timestamps {

  /// Of `2009-10-12T17:50:30.000Z`.
  static final int ISO_BYTES = 24;
  /// Of these, `2009-10-12T`.
  static final int DAY_BYTES = 11;
  private static final int SECONDS_PER_DAY = 24 * 60 * 60;

  private Timestamps() {}

  /// `2009-10-12T17:50:30.000Z`
  public static String iso(Instant time) {
    byte[] text = new byte[ISO_BYTES];
    putIso(time, text, 0);
    return new String(text, ISO_8859_1);
  }

  /// Puts the [#ISO_BYTES] of [#iso] into an array.
  static void putIso(Instant time, byte[] into, int at) {
    LocalDate day = LocalDate.ofEpochDay(day(time));
    digits(into, at, 4, day.getYear(), '-');
    digits(into, at + 5, 2, day.getMonthValue(), '-');
    digits(into, at + 8, 2, day.getDayOfMonth(), 'T');
    putTimeOfDay(time, into, at);
  }

  /// Puts what [#putIso] does, but leaves the day's [#DAY_BYTES] as they are.
  static void putTimeOfDay(Instant time, byte[] into, int at) {
    int second = Math.floorMod(time.getEpochSecond(), SECONDS_PER_DAY);
    digits(into, at + 11, 2, second / 3600, ':');
    digits(into, at + 14, 2, second / 60 % 60, ':');
    digits(into, at + 17, 2, second % 60, '.');
    digits(into, at + 20, 3, time.getNano() / 1_000_000, 'Z');
  }

  /// Days since 1970 in UTC.
  static long day(Instant time) {
    return Math.floorDiv(time.getEpochSecond(), SECONDS_PER_DAY);
  }

  /// `Mon, 12 Oct 2009 17:50:30 GMT`
  public static String http(Instant time) {
    return DateFormatter.format(Date.from(time));
  }

  /// More of them are not looked at.
  private static final int MAX_DATE_LETTERS = 64;

  /// Reads a date of a header, or an ISO 8601 one; empty if it is neither. To the second.
  public static Optional<Instant> parse(String text) {
    if (text.length() > MAX_DATE_LETTERS) {
      return Optional.empty();
    }
    Optional<Instant> date = HeaderDates.parse(text);
    if (date.isPresent()) {
      return date;
    }
    try {
      return Optional.of(Instant.parse(text));
    } catch (java.time.format.DateTimeParseException _) {
      return Optional.empty(); // an answer, not a fault: the caller says what it makes of a date that is none
    }
  }

  private static void digits(byte[] into, int at, int width, int value, char behind) {
    int rest = value;
    for (int i = at + width - 1; i >= at; i--) {
      into[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    into[at + width] = (byte) behind;
  }
}
