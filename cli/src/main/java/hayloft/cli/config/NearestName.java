package hayloft.cli.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/// Guesses what a person meant who wrote a name that is not known. Stateless.
public final class NearestName {

  /// Of which a name's begin is known again.
  private static final int LEAST_BEGIN_LETTERS = 3;

  private NearestName() {}

  /// For the end of a refusal: `; did you mean s3-port?`, or nothing if no known name is near.
  public static String suggestion(String given, Collection<String> known) {
    return of(given, known).map(name -> "; did you mean " + name + "?").orElse("");
  }

  /// A known name that goes on where the given one ends (`log` for `log-level`, then `serv` for `server`), else the one
  /// that takes the fewest single changes, if that is at most about a third of its letters. What all variables begin
  /// with does not count.
  static Optional<String> of(String given, Collection<String> known) {
    Comparator<String> nearest = Comparator.comparingInt((String name) -> changes(given, name))
        .thenComparing(Comparator.naturalOrder());
    Optional<String> longer = known.stream().filter(name -> name.matches(Pattern.quote(given) + "[_-].*")).min(nearest);
    if (longer.isPresent()) {
      return longer;
    }
    Optional<String> begun = known.stream()
        .filter(name -> given.length() >= LEAST_BEGIN_LETTERS && name.startsWith(given)).min(nearest);
    return begun.isPresent()
        ? begun
        : known.stream().filter(name -> changes(given, name) <= Math.max(2, letters(name) / 3)).min(nearest);
  }

  private static int letters(String name) {
    return name.startsWith(Settings.PREFIX) ? name.length() - Settings.PREFIX.length() : name.length();
  }

  /// Levenshtein's distance, one row of its table at a time.
  private static int changes(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j - 1], diagonal) + 1);
      }
    }
    return row[to.length()];
  }
}
