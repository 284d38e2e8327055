package hayloft.cli.admin;

import java.util.Optional;
import java.util.Set;

/// What a secret key that somebody chose must be like. Stateless.
public final class SecretKeys {

  static final int LEAST_LETTERS = 8;
  static final int MOST_LETTERS = 256;
  /// Of documents and compose files: ours, MinIO's, AWS's two, which everybody pastes, and what is guessed first.
  private static final Set<String> OF_EXAMPLES = Set.of("change-this-password", "a-long-secret", "old-long-secret",
      "another-long-secret", "a long secret", "minioadmin", "minioadmin123", "minio123", "password", "password1",
      "password12", "password123", "passw0rd", "p@ssw0rd", "P@ssw0rd", "Password1", "changeme", "changeme123",
      "change-me", "change_me", "changeit", "changethis", "admin123", "admin1234", "administrator", "rootroot",
      "rootpassword", "letmein1", "qwertyuiop", "secretkey", "12345678", "123456789", "1234567890", "87654321",
      "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY");

  private SecretKeys() {}

  /// Why it keeps nobody out: what goes on where the secret's name ends. Empty if it does.
  public static Optional<String> weakness(String secret) {
    if (secret.length() < LEAST_LETTERS) {
      return Optional.of("has fewer than " + LEAST_LETTERS + " characters");
    }
    if (secret.codePoints().distinct().count() == 1) {
      return Optional.of("is one character over and over, which everybody can guess");
    }
    return OF_EXAMPLES.contains(secret)
        ? Optional.of("is one of an example, which everybody can read")
        : Optional.empty();
  }
}
