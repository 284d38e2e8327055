package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.ConcurrentHashMap;

/// The keys that version 4 derives from a secret, a day, a region and a service; kept, since a client uses one all day.
/// At its bound the whole cache is dropped, which costs four HMACs for each key in use. Thread-safe.
final class SigningKeys {

  private static final int BOUND = 1024;

  private record Use(String secret, String day, String region, String service) {}

  private final ConcurrentHashMap<Use, HmacKey> keys = new ConcurrentHashMap<>();

  /// Only a verified signature should end in the cache, or strangers could flush it; see [#keep].
  HmacKey find(Secret secret, String day, String region, String service) {
    HmacKey known = keys.get(new Use(secret.value(), day, region, service));
    return known != null ? known : derive(secret.value(), day, region, service);
  }

  void keep(Secret secret, String day, String region, String service, HmacKey key) {
    if (keys.size() >= BOUND) {
      keys.clear();
    }
    keys.putIfAbsent(new Use(secret.value(), day, region, service), key);
  }

  private static HmacKey derive(String secret, String day, String region, String service) {
    byte[] date = HmacKey.sha256(("AWS4" + secret).getBytes(UTF_8)).sign(day);
    byte[] dateRegion = HmacKey.sha256(date).sign(region);
    byte[] dateRegionService = HmacKey.sha256(dateRegion).sign(service);
    return HmacKey.sha256(HmacKey.sha256(dateRegionService).sign("aws4_request"));
  }
}
