package hayloft.filer;

import java.time.Instant;
import java.util.Map;

/// A bucket and its settings. Immutable.
///
/// @param id never used again, not even by a bucket of the same name
/// @param ownerId id of the user who created it
/// @param region as the gateway keeps it; may be empty
/// @param settings documents of sub-resources by their S3 name (`tagging`, `cors`, `policy` …), as the gateway wrote them
public record Bucket(long id, String name, String ownerId, String region, Instant created, Versioning versioning,
    boolean objectLock, Map<String, String> settings) {

  public Bucket {
    settings = Map.copyOf(settings);
  }

  public Bucket withVersioning(Versioning next) {
    return new Bucket(id, name, ownerId, region, created, next, objectLock, settings);
  }

  public Bucket withSettings(Map<String, String> next) {
    return new Bucket(id, name, ownerId, region, created, versioning, objectLock, next);
  }
}
