package hayloft.cli.config;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Settings that are right and do nothing beside the others. Somebody has set them and believes that they do something,
/// so it is told; it is no reason not to start. Stateless.
public final class IdleSettings {

  private static final Pattern ZERO = Pattern.compile("0+[smhd]?");

  /// @param needs what has to be there for `key` to mean anything
  /// @param on whether it has to be set; otherwise it has to be above 0
  private record Rule(String key, String needs, boolean on) {

    boolean isIdle(Map<String, String> given) {
      String other = given.getOrDefault(needs, "").strip();
      return given.containsKey(key) && (on ? other.isEmpty() : ZERO.matcher(other).matches());
    }
  }

  private static final List<Rule> RULES = List.of(new Rule("access-log-format", "access-log", true),
      new Rule("otlp-interval", "otlp-endpoint", true), new Rule(Variables.OTLP_HEADERS, "otlp-endpoint", true),
      new Rule("scrub-rate", "scrub-period", false), new Rule("compact-dead", "compact-every", false),
      new Rule("compact-min", "compact-every", false));

  private IdleSettings() {}

  /// One of them.
  ///
  /// @param because such as `access-log is not set`
  public record Idle(String key, String because) {}

  /// @param given what somebody has set, by key, or by name for a variable that is no setting
  public static List<Idle> among(Map<String, String> given) {
    return RULES.stream().filter(rule -> rule.isIdle(given))
        .map(rule -> new Idle(rule.key, rule.needs + (rule.on ? " is not set" : " is 0"))).toList();
  }
}
