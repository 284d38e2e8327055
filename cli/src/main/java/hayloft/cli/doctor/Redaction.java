package hayloft.cli.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Takes secrets out of text: those that are known by their values, wherever they stand, and what looks like one by its
/// name. Confined to one thread.
final class Redaction {

  static final String MASK = "********";
  /// Shorter ones would take harmless words with them; credentials have at least so much.
  private static final int LEAST_LETTERS = 4;
  private static final Set<String> SECRET_WORDS = Set.of("PASSWORD", "SECRET", "STORE_KEY", "TOKEN");
  private static final List<Pattern> SHAPES = List.of(
      Pattern.compile(
          "(?i)((?:secret(?:[ _-]?access)?[ _-]?key|secret|password|passwd|token|store[ _-]?key)\\\\?\"?\\s*[=: "
              + "]\\s*\\\\?\"?)[^\\s\",;}\\\\]+"),
      Pattern.compile("(?i)((?:Signature|X-Amz-Signature|X-Amz-Security-Token|sig)=)[^\\s&\",]+"),
      Pattern.compile("(?i)(Authorization:?\\s+(?:AWS|Bearer|Basic)\\s+)\\S+"),
      Pattern.compile("(?i)((?:Bearer|Basic)\\s+)[A-Za-z0-9+/=._-]{8,}"),
      Pattern.compile("()eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+"));

  private final Set<String> secrets = new TreeSet<>(Comparator.comparingInt(String::length).reversed()
      .thenComparing(Comparator.naturalOrder())); // the longest first: one may begin with another

  void hide(String secret) {
    String stripped = secret.strip();
    if (stripped.length() >= LEAST_LETTERS) {
      secrets.add(stripped);
    }
  }

  /// Hides the values of variables whose names tell that they are secret.
  void hideVariables(Map<String, String> environment) {
    environment.forEach((name, value) -> {
      String upper = name.toUpperCase(Locale.ROOT);
      if (SECRET_WORDS.stream().anyMatch(upper::contains)) {
        hide(value);
      }
    });
  }

  /// Hides what the secret files of a data directory hold.
  void hideFiles(Path dataDirectory) throws IOException {
    Path key = dataDirectory.resolve("store.key");
    if (Files.isReadable(key)) {
      byte[] bytes = Files.readAllBytes(key);
      hide(HexFormat.of().formatHex(bytes));
      hide(HexFormat.of().withUpperCase().formatHex(bytes));
      hide(Base64.getEncoder().encodeToString(bytes));
      hide(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }
    hideJson(dataDirectory.resolve("credentials.json"));
  }

  /// Hides every text in a JSON file under a name that tells that it is secret, or is an access key.
  void hideJson(Path file) throws IOException {
    if (Files.isReadable(file)) {
      try {
        hideJson(new ObjectMapper().readTree(Files.readAllBytes(file)));
      } catch (JsonProcessingException _) { // then every line of it is one
        Files.readString(file, UTF_8).lines().forEach(this::hide);
      }
    }
  }

  private void hideJson(JsonNode node) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (field.getValue().isTextual() && (name.contains("secret") || name.contains("accesskey"))) {
        hide(field.getValue().asText());
      }
    }
    node.forEach(this::hideJson);
  }

  String of(String text) {
    String redacted = text;
    for (String secret : secrets) {
      redacted = redacted.replace(secret, MASK);
    }
    for (Pattern shape : SHAPES) {
      redacted = shape.matcher(redacted).replaceAll("$1" + java.util.regex.Matcher.quoteReplacement(MASK));
    }
    return redacted;
  }
}
