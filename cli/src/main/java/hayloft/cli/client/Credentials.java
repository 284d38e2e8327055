package hayloft.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.FileFault;
import hayloft.common.directory.SummedJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An access key with its secret. Immutable.
///
/// @param from what set them, for people: a variable's or a flag's name
public record Credentials(String accessKey, String secretKey, String from) {

  /// Pairs of environment variables, the first complete one counts.
  private static final List<Map.Entry<String, String>> PAIRS = List.of(
      Map.entry("HAYLOFT_ROOT_USER", "HAYLOFT_ROOT_PASSWORD"), Map.entry("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
      Map.entry("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"));

  /// @throws IllegalArgumentException if one half of a pair is set without the other
  public static Optional<Credentials> fromEnvironment(Map<String, String> environment) {
    for (var pair : PAIRS) {
      String accessKey = environment.getOrDefault(pair.getKey(), "");
      String secretKey = environment.getOrDefault(pair.getValue(), "");
      if (accessKey.isEmpty() && secretKey.isEmpty()) {
        continue;
      }
      if (accessKey.isEmpty() || secretKey.isEmpty()) {
        throw new IllegalArgumentException(pair.getKey() + " and " + pair.getValue() + " belong together, but only "
            + (accessKey.isEmpty() ? pair.getValue() : pair.getKey()) + " is set");
      }
      return Optional.of(new Credentials(accessKey, secretKey, pair.getKey()));
    }
    return Optional.empty();
  }

  /// Those in a file such as the server's `credentials.json`.
  ///
  /// @throws IllegalArgumentException if it cannot be read, or holds none; the message names it
  public static Credentials ofFile(Path file) {
    JsonNode json;
    try {
      json = SummedJson.readOld(Files.readAllBytes(file), file.toString());
    } catch (IOException e) {
      throw new IllegalArgumentException(FileFault.text(e), e);
    }
    String accessKey = json.path("accessKey").asText();
    String secretKey = json.path("secretKey").asText();
    if (!accessKey.isEmpty() && !secretKey.isEmpty()) {
      return new Credentials(accessKey, secretKey, file.toString());
    }
    throw new IllegalArgumentException(file + " does not hold {\"accessKey\", \"secretKey\"}. Name the server's "
        + "DIR/credentials.json");
  }

  @Override
  public String toString() {
    return "Credentials[accessKey=" + accessKey + "]";
  }
}
