package hayloft.cli.admin;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a secret key that somebody chose must be like. Stateless.
public final class SecretKeys {

  static final int LEAST_LETTERS = 8;
  static final int MOST_LETTERS = 256;
  /// In lower case. Of documents and compose files: ours, MinIO's, AWS's two, which everybody pastes, and
  /// what is guessed first.
  private static final Set<String> OF_EXAMPLES = Set.of("change-this-password", "a-long-secret", "old-long-secret",
      "another-long-secret", "a long secret", "minioadmin", "minioadmin123", "minio123", "password", "password1",
      "password12", "password123", "passw0rd", "p@ssw0rd", "changeme", "changeme123",
      "change-me", "change_me", "changeit", "changethis", "admin123", "admin1234", "administrator", "rootroot",
      "rootpassword", "letmein1", "qwertyuiop", "secretkey", "12345678", "123456789", "1234567890", "87654321",
      "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey", "je7mtgbclwbf/2zp9utk/h3yco8nvbexamplekey");
  /// Words that keep nobody out whatever digits and signs stand around them, in small letters.
  private static final Set<String> GUESSED = Set.of("hayloft", "hayloftadmin", "admin", "root", "password", "passwort",
      "secret", "minio", "changeme", "pleasechangeme", "changethis", "changethispassword", "letmein", "welcome",
      "qwerty", "test", "user", "storage", "default", "example");
  private static final int LEAST_DIFFERENT = 4;

  private SecretKeys() {}

  /// The same as [#weakness(String)] for the secret of an access key, which everybody sees that a request passes.
  public static Optional<String> weakness(String accessKey, String secret) {
    return secret.equalsIgnoreCase(accessKey)
        ? Optional.of("is the access key itself, which stands in every request and every presigned URL")
        : weakness(secret);
  }

  /// Why it keeps nobody out: what goes on where the secret's name ends. Empty if it does.
  public static Optional<String> weakness(String secret) {
    if (secret.length() < LEAST_LETTERS) {
      return Optional.of("has fewer than " + LEAST_LETTERS + " characters");
    }
    if (secret.codePoints().distinct().count() < LEAST_DIFFERENT) {
      return Optional.of("is few characters over and over, which everybody can guess");
    }
    if (GUESSED.contains(secret.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}]", ""))) {
      return Optional.of("is a word that is tried first, whatever digits and signs stand around it");
    }
    return OF_EXAMPLES.contains(secret.toLowerCase(Locale.ROOT))
        ? Optional.of("is one of an example, which everybody can read")
        : Optional.empty();
  }
}
