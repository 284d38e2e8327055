package hayloft.cli.admin;

import hayloft.common.Durability;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// What a server knows of itself and no room does. Immutable.
///
/// @param endpoints role and URL
/// @param region that buckets are created in
/// @param rootUser id of the administrator whose first key comes from the environment
/// @param scrubPeriod zero for none
public record StoreFacts(String storeId, List<Path> directories, List<Map.Entry<String, String>> endpoints,
    Durability durability, String region, String rootUser, Duration scrubPeriod, Instant started) {

  public StoreFacts {
    directories = List.copyOf(directories);
    endpoints = List.copyOf(endpoints);
  }
}
