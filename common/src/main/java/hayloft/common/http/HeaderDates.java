package hayloft.common.http;

import static java.time.temporal.ChronoField.DAY_OF_MONTH;
import static java.time.temporal.ChronoField.HOUR_OF_DAY;
import static java.time.temporal.ChronoField.MINUTE_OF_HOUR;
import static java.time.temporal.ChronoField.MONTH_OF_YEAR;
import static java.time.temporal.ChronoField.SECOND_OF_MINUTE;
import static java.time.temporal.ChronoField.YEAR;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.Optional;

/// Dates as header fields have them, to the second, in the three forms of [RFC 9110, section
/// 5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7). Stateless.
///
///     Sun, 06 Nov 1994 08:49:37 GMT      what is sent today
///     Sunday, 06-Nov-94 08:49:37 GMT     RFC 850
///     Sun Nov  6 08:49:37 1994           asctime
///
/// Whatever else stands there is no date, and a condition that names none is passed over (sections 13.1.3 to 13.1.5).
/// Whether the day of the week is that of the date is not looked at. A leap second, `23:59:60`, is the first of the
/// next day: clocks here know no other name for it.
public final class HeaderDates {

  private static final int LONGEST = "Wednesday, 06-Nov-94 08:49:37 GMT".length();
  private static final DateTimeFormatter IMF_FIXDATE = formatter(
      new DateTimeFormatterBuilder().appendPattern("EEE, dd MMM ").appendValue(YEAR, 4)
          .appendPattern(" HH:mm:ss 'GMT'"));
  private static final DateTimeFormatter ASCTIME = formatter(
      new DateTimeFormatterBuilder().appendPattern("EEE MMM ppd HH:mm:ss ").appendValue(YEAR, 4));
  /// Two digits of a year that would lie further ahead are those of the century before.
  private static final int YEARS_AHEAD = 50;

  private static final String LEAP_SECOND = "23:59:60";
  private static final String SECOND_BEFORE = "23:59:59";

  private HeaderDates() {}

  private static DateTimeFormatter formatter(DateTimeFormatterBuilder builder) {
    return builder.toFormatter(Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT)
        .withResolverFields(YEAR, MONTH_OF_YEAR, DAY_OF_MONTH, HOUR_OF_DAY, MINUTE_OF_HOUR, SECOND_OF_MINUTE);
  }

  private static DateTimeFormatter rfc850(Instant now) {
    int firstYear = now.atOffset(ZoneOffset.UTC).getYear() + YEARS_AHEAD - 99;
    return formatter(new DateTimeFormatterBuilder().appendPattern("EEEE, dd-MMM-")
        .appendValueReduced(YEAR, 2, 2, firstYear).appendPattern(" HH:mm:ss 'GMT'"));
  }

  /// The date of a field. Several lines that differ are a list, which is no date.
  public static Optional<Instant> find(HttpHeaders headers, CharSequence name) {
    String text = HeaderLines.joined(headers, name);
    return text == null ? Optional.empty() : parse(text);
  }

  /// Empty if it is none.
  public static Optional<Instant> parse(String text) {
    return parse(text, Instant.now()); // of which the century alone counts
  }

  static Optional<Instant> parse(String text, Instant now) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    int comma = text.indexOf(',');
    DateTimeFormatter form = comma < 0 ? ASCTIME : comma == "Sun".length() ? IMF_FIXDATE : rfc850(now);
    int leap = text.indexOf(LEAP_SECOND);
    try {
      if (leap >= 0) {
        String before = text.substring(0, leap) + SECOND_BEFORE + text.substring(leap + LEAP_SECOND.length());
        return Optional.of(form.parse(before, LocalDateTime::from).plusSeconds(1).toInstant(ZoneOffset.UTC));
      }
      return Optional.of(form.parse(text, LocalDateTime::from).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException _) { // another form, or no such day
      return Optional.empty();
    }
  }
}
