package hayloft.cli.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import hayloft.cli.client.Credentials;
import hayloft.cli.config.WrongConfigurationException;
import hayloft.common.directory.DamagedDocumentException;
import hayloft.common.directory.DurableFile;
import hayloft.common.directory.SummedJson;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/// The access key and secret of the administrator. Immutable.
///
/// @param place where they are, for people: a variable's name or a file
/// @param generated whether they were made just now, so that somebody has to be told
public record RootCredentials(String accessKey, String secretKey, String place, boolean generated) {

  private static final String KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  public RootCredentials {
    if (accessKey.isBlank() || secretKey.isBlank()) {
      throw new IllegalArgumentException("root credentials must not be empty");
    }
  }

  /// From the environment, else from the file, else generated into the file, which is then durable and readable by its
  /// owner only.
  ///
  /// @throws IOException if the file cannot be read or written
  /// @throws IllegalArgumentException if one half of a pair is set without the other
  static RootCredentials find(Map<String, String> environment, Path file) throws IOException {
    Optional<Credentials> set = Credentials.fromEnvironment(environment);
    if (set.isPresent()) {
      return new RootCredentials(set.get().accessKey(), set.get().secretKey(), set.get().from(), false);
    }
    Optional<byte[]> bytes = DurableFile.readIfThere(file);
    return bytes.isPresent() ? read(bytes.get(), file) : generate(file);
  }

  private static RootCredentials read(byte[] bytes, Path file) throws IOException {
    JsonNode json;
    try {
      json = SummedJson.readOld(bytes, file.toString());
    } catch (DamagedDocumentException e) {
      DamagedDocumentException told = e.with("If it was changed by hand, leave " + SummedJson.SUM
          + " out; else restore it from a backup, or remove it to have new ones generated");
      throw new WrongConfigurationException(String.valueOf(told.getMessage()), told);
    }
    String accessKey = json.path("accessKey").asText();
    String secretKey = json.path("secretKey").asText();
    if (accessKey.isBlank() || secretKey.isBlank()) {
      throw new WrongConfigurationException(
          file + " does not hold {\"accessKey\", \"secretKey\"}. Correct it, or remove it to have new ones generated");
    }
    return new RootCredentials(accessKey, secretKey, file.toString(), false);
  }

  private static RootCredentials generate(Path file) throws IOException {
    var random = new SecureRandom();
    var accessKey = new StringBuilder("HL");
    while (accessKey.length() < 20) {
      accessKey.append(KEY_LETTERS.charAt(random.nextInt(KEY_LETTERS.length())));
    }
    byte[] secret = new byte[30];
    random.nextBytes(secret);
    var made = new RootCredentials(accessKey.toString(), Base64.getUrlEncoder().encodeToString(secret),
        file.toString(), true);
    DurableFile.replace(file, SummedJson.write(JsonNodeFactory.instance.objectNode()
        .put("accessKey", made.accessKey).put("secretKey", made.secretKey)));
    return made;
  }

  @Override
  public String toString() {
    return "RootCredentials[accessKey=" + accessKey + "]";
  }
}
