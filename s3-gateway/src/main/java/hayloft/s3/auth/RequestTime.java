package hayloft.s3.auth;

import hayloft.common.http.HeaderDates;
import hayloft.s3.auth.AuthFailure.AccessDenied;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// When a request says it was signed. A leap second, `23:59:60`, is the instant that the next day begins with, but is
/// signed under its own name and day.
///
/// @param timestamp ISO 8601 basic form, `20130524T000000Z`, as version 4 signs it
record RequestTime(Instant instant, String timestamp) {

  private static final DateTimeFormatter BASIC = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT)
      .withZone(ZoneOffset.UTC);

  /// With the zones that mail programs write, in numbers or by name, which HTTP does not know.
  private static final List<DateTimeFormatter> MAIL_FORMS = List.of(DateTimeFormatter.RFC_1123_DATE_TIME,
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss zzz", Locale.ENGLISH));

  private static final AccessDenied NO_DATE = new AccessDenied(
      "AWS authentication requires a valid Date or x-amz-date header");

  /// `yyyyMMddTHHmmssZ`, or any form of an HTTP date.
  static RequestTime parse(String text) throws AuthRefusedException {
    if (text.length() == 16 && text.charAt(8) == 'T' && text.charAt(15) == 'Z') {
      return parseBasic(text);
    }
    int leap = text.indexOf("23:59:60");
    if (leap >= 0) {
      Instant before = find(text.substring(0, leap) + "23:59:59" + text.substring(leap + "23:59:60".length()));
      return new RequestTime(before.plusSeconds(1), BASIC.format(before).replace("59Z", "60Z"));
    }
    Instant instant = find(text);
    return new RequestTime(instant, BASIC.format(instant));
  }

  private static Instant find(String text) throws AuthRefusedException {
    return HeaderDates.parse(text).or(() -> ofMail(text)).filter(time -> time.getEpochSecond() >= 0)
        .orElseThrow(() -> new AuthRefusedException(NO_DATE));
  }

  private static Optional<Instant> ofMail(String text) {
    for (DateTimeFormatter form : MAIL_FORMS) {
      try {
        return Optional.of(Instant.from(form.parse(text)));
      } catch (DateTimeException _) {
        // the next form
      }
    }
    return Optional.empty();
  }

  static RequestTime parseBasic(String text) throws AuthRefusedException {
    if (text.length() != 16 || text.charAt(8) != 'T' || text.charAt(15) != 'Z') {
      throw new AuthRefusedException(NO_DATE);
    }
    try {
      int leap = text.startsWith("235960", 9) ? 1 : 0;
      LocalDateTime time = LocalDateTime.of(number(text, 0, 4), number(text, 4, 6), number(text, 6, 8),
          number(text, 9, 11), number(text, 11, 13), number(text, 13, 15) - leap).plusSeconds(leap);
      return new RequestTime(time.toInstant(ZoneOffset.UTC), text);
    } catch (DateTimeException e) {
      throw new AuthRefusedException(NO_DATE);
    }
  }

  private static int number(String text, int from, int to) throws AuthRefusedException {
    int number = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new AuthRefusedException(NO_DATE);
      }
      number = number * 10 + digit;
    }
    return number;
  }
}
