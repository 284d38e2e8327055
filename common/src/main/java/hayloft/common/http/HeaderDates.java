package hayloft.common.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Dates as header fields have them, to the second, in the three forms of [RFC 9110, section
/// 5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7). Stateless.
///
///     Sun, 06 Nov 1994 08:49:37 GMT      what is sent today
///     Sunday, 06-Nov-94 08:49:37 GMT     RFC 850
///     Sun Nov  6 08:49:37 1994           asctime
///
/// Whatever else stands there is no date, and a condition that names none is passed over (sections 13.1.3 to 13.1.5).
/// Whether the day of the week is that of the date is not looked at.
public final class HeaderDates {

  private static final String DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday ";
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final int LONGEST = "Wednesday, 06-Nov-94 08:49:37 GMT".length();
  /// Two digits that would lie further ahead are those of the century before.
  private static final int YEARS_AHEAD = 50;

  /// Java's days have none.
  private static final int LEAP_SECOND = 60;

  private HeaderDates() {}

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
    LocalDateTime time;
    try {
      time = new Reader(text).read(now);
    } catch (DateTimeException _) { // no such day, or hour
      return Optional.empty();
    }
    return Optional.ofNullable(time).map(utc -> utc.toInstant(ZoneOffset.UTC));
  }

  /// Goes over the text once. Whatever it reads answers -1 if it is not there.
  private static final class Reader {

    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    @Nullable
    LocalDateTime read(Instant now) {
      int nameEnd = 0;
      while (nameEnd < text.length() && Character.isLetter(text.charAt(nameEnd))) {
        nameEnd++;
      }
      int dayAt = nameEnd < 3 ? -1 : DAYS.indexOf(text.substring(0, 3));
      if (dayAt < 0 || dayAt > 0 && DAYS.charAt(dayAt - 1) != ' ') {
        return null;
      }
      at = nameEnd;
      if (nameEnd > 3) {
        return DAYS.startsWith(text.substring(0, nameEnd) + " ", dayAt) ? rfc850(now) : null;
      }
      return text.startsWith(",", at) ? imfFixdate() : asctime();
    }

    private @Nullable LocalDateTime imfFixdate() {
      boolean shaped = skip(", ");
      int day = digits(2);
      shaped &= skip(" ");
      int month = month();
      shaped &= skip(" ");
      int year = digits(4);
      shaped &= skip(" ");
      return shaped ? time(year, month, day, " GMT") : null;
    }

    private @Nullable LocalDateTime rfc850(Instant now) {
      boolean shaped = skip(", ");
      int day = digits(2);
      shaped &= skip("-");
      int month = month();
      shaped &= skip("-");
      int twoDigits = digits(2);
      shaped &= skip(" ");
      if (!shaped || twoDigits < 0) {
        return null;
      }
      int thisYear = now.atOffset(ZoneOffset.UTC).getYear();
      int year = thisYear - thisYear % 100 + twoDigits;
      return time(year > thisYear + YEARS_AHEAD ? year - 100 : year, month, day, " GMT");
    }

    private @Nullable LocalDateTime asctime() {
      boolean shaped = skip(" ");
      int month = month();
      shaped &= skip(" ");
      int day = text.startsWith(" ", at) && skip(" ") ? digits(1) : digits(2);
      shaped &= skip(" ");
      int timeAt = at;
      at += "08:49:37".length();
      shaped &= skip(" ");
      int year = digits(4);
      if (!shaped || at != text.length()) {
        return null;
      }
      at = timeAt;
      return time(year, month, day, text.substring(timeAt + "08:49:37".length()));
    }

    /// @param behind what stands behind the seconds, up to the end
    private @Nullable LocalDateTime time(int year, int month, int day, String behind) {
      int hour = digits(2);
      boolean shaped = skip(":");
      int minute = digits(2);
      shaped &= skip(":");
      int second = digits(2);
      shaped &= skip(behind) && at == text.length();
      if (!shaped || (year | month | day | hour | minute | second) < 0) {
        return null;
      }
      return LocalDateTime.of(year, month, day, hour, minute, second == LEAP_SECOND ? LEAP_SECOND - 1 : second);
    }

    private boolean skip(String wanted) {
      boolean is = text.startsWith(wanted, at);
      at += wanted.length();
      return is;
    }

    private int digits(int count) {
      int number = 0;
      for (int end = at + count; at < end; at++) {
        int digit = at < text.length() ? text.charAt(at) - '0' : -1;
        if (digit < 0 || digit > 9) {
          at = end;
          return -1;
        }
        number = number * 10 + digit;
      }
      return number;
    }

    /// 1 to 12.
    private int month() {
      at += 3;
      int index = at <= text.length() ? MONTHS.indexOf(text.substring(at - 3, at)) : -1;
      return index % 3 == 0 ? index / 3 + 1 : -1;
    }
  }
}
