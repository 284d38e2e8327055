package hayloft.s3.auth;

import java.time.Duration;

/// What signatures are accepted.
///
/// @param region the store's region, told to clients that signed for another one
/// @param anyRegion accepts whatever region a client signed for: where requests are not S3's
/// @param allowSigV2 accepts the older signatures, which leave most headers and the body unsigned
/// @param maxSkew how far a request's time may be from the server's, either way
public record AuthConfig(String region, boolean anyRegion, boolean allowSigV2, Duration maxSkew) {

  public static final AuthConfig DEFAULTS = new AuthConfig("us-east-1", true, false, Duration.ofMinutes(15));

  public AuthConfig {
    if (region.isEmpty()) {
      throw new IllegalArgumentException("s3.region must not be empty");
    }
    if (maxSkew.toSeconds() <= 0) {
      throw new IllegalArgumentException("s3.maxSkew must be at least a second, got " + maxSkew);
    }
  }
}
