package hayloft.cli.client;

import java.util.Optional;

/// Says which keys a server did not take, and where they were read: the server knows neither. Stateless.
public final class KeyRefusal {

  private KeyRefusal() {}

  /// Empty if the refusal is not about keys.
  ///
  /// @param endpoint that was asked, for people
  /// @param code as S3 names it
  public static Optional<String> text(String endpoint, Credentials credentials, String code) {
    String key = "access key " + credentials.accessKey() + " (from " + credentials.from() + ")";
    return switch (code) {
      case "InvalidAccessKeyId" -> Optional.of(endpoint + " does not know the " + key + ": give one of its own");
      case "SignatureDoesNotMatch" -> Optional.of("the secret that was given with the " + key + " is not the one that "
          + endpoint + " has for it: give both from the same place");
      case "NotAnAdministrator" -> Optional.of("the user with the " + key + " is no administrator of " + endpoint
          + ": give the keys of one");
      default -> Optional.empty();
    };
  }
}
