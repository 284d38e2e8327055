package hayloft.s3;

import hayloft.common.Durability;
import java.time.Duration;
import java.util.List;

/// How the S3 port behaves. Immutable.
///
/// @param domains whose subdomains are buckets (virtual-host style), without ports; path style always works
/// @param region that buckets are created in
/// @param durability of writes, unless something says otherwise
/// @param maxPutBytes of one PutObject or UploadPart
/// @param readyWait how long a request is held while the store is not ready yet
/// @param maxHeldRequests while the store is not ready; further ones are answered 503 at once
public record GatewayConfig(List<String> domains, String region, Durability durability, long maxPutBytes,
    Duration readyWait, int maxHeldRequests) {

  public static final GatewayConfig DEFAULTS = new GatewayConfig(List.of(), "us-east-1", Durability.FSYNC, 5L << 30,
      Duration.ofSeconds(30), 1024);

  public GatewayConfig {
    domains = List.copyOf(domains);
    if (domains.stream().anyMatch(domain -> domain.isEmpty() || domain.contains("/") || domain.contains(":"))) {
      throw new IllegalArgumentException("s3.domains must be host names without ports, got " + domains);
    }
    if (region.isEmpty()) {
      throw new IllegalArgumentException("s3.region must not be empty");
    }
    requirePositive("s3.maxPutBytes", maxPutBytes);
    requirePositive("s3.readyWait", readyWait.toMillis());
    requirePositive("s3.maxHeldRequests", maxHeldRequests);
  }

  public GatewayConfig on(List<String> nextDomains, String nextRegion, Durability nextDurability) {
    return new GatewayConfig(nextDomains, nextRegion, nextDurability, maxPutBytes, readyWait, maxHeldRequests);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, got " + value);
    }
  }
}
