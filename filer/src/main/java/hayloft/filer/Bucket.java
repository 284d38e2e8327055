package hayloft.filer;

import hayloft.common.Durability;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// A bucket and its settings. Immutable.
///
/// @param id never used again, not even by a bucket of the same name
/// @param ownerId id of the user who created it, or was given it
/// @param region as the gateway keeps it; may be empty
/// @param settings documents of sub-resources by their S3 name (`tagging`, `cors`, `policy` …), as the gateway wrote
///   them
/// @param durability of mutations in it; empty if it has none of its own and goes by the process's
public record Bucket(long id, String name, String ownerId, String region, Instant created, Versioning versioning,
    boolean objectLock, Map<String, String> settings, Optional<Durability> durability) {

  public Bucket {
    settings = Map.copyOf(settings);
  }

  /// A bucket that goes by the process's durability.
  public Bucket(long id, String name, String ownerId, String region, Instant created, Versioning versioning,
      boolean objectLock, Map<String, String> settings) {
    this(id, name, ownerId, region, created, versioning, objectLock, settings, Optional.empty());
  }

  public Bucket withOwner(String next) {
    return new Bucket(id, name, next, region, created, versioning, objectLock, settings, durability);
  }

  public Bucket withVersioning(Versioning next) {
    return new Bucket(id, name, ownerId, region, created, next, objectLock, settings, durability);
  }

  public Bucket withSettings(Map<String, String> next) {
    return new Bucket(id, name, ownerId, region, created, versioning, objectLock, next, durability);
  }

  public Bucket withDurability(Optional<Durability> next) {
    return new Bucket(id, name, ownerId, region, created, versioning, objectLock, settings, next);
  }

  /// Of mutations in this bucket.
  ///
  /// @param usual the process's
  public Durability durabilityOr(Durability usual) {
    return durability.orElse(usual);
  }
}
