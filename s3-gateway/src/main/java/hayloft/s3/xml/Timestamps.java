package hayloft.s3.xml;

import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.Optional;

/// Points in time as S3 writes them: ISO 8601 with milliseconds in documents, RFC 9110 dates in headers.
public final class Timestamps {

  private static final int ISO_LENGTH = 24;

  private Timestamps() {}

  /// `2009-10-12T17:50:30.000Z`
  public static String iso(Instant time) {
    LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(ISO_LENGTH);
    digits(text, utc.getYear(), 4);
    digits(text.append('-'), utc.getMonthValue(), 2);
    digits(text.append('-'), utc.getDayOfMonth(), 2);
    digits(text.append('T'), utc.getHour(), 2);
    digits(text.append(':'), utc.getMinute(), 2);
    digits(text.append(':'), utc.getSecond(), 2);
    digits(text.append('.'), time.getNano() / 1_000_000, 3);
    return text.append('Z').toString();
  }

  /// `Mon, 12 Oct 2009 17:50:30 GMT`
  public static String http(Instant time) {
    return DateFormatter.format(Date.from(time));
  }

  /// Reads a date of a header, or an ISO 8601 one; empty if it is neither. To the second.
  public static Optional<Instant> parse(String text) {
    Date date = DateFormatter.parseHttpDate(text);
    if (date != null) {
      return Optional.of(date.toInstant());
    }
    try {
      return Optional.of(Instant.parse(text));
    } catch (java.time.format.DateTimeParseException _) {
      return Optional.empty(); // an answer, not a fault: the caller says what it makes of a date that is none
    }
  }

  private static void digits(StringBuilder text, int value, int width) {
    for (int power = (int) Math.pow(10, width - 1); power > 1 && value < power; power /= 10) {
      text.append('0');
    }
    text.append(value);
  }
}
