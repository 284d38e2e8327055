package hayloft.cli.server;

import hayloft.cli.admin.AdminConfig;
import hayloft.cli.memory.MemoryPlan;
import hayloft.common.Durability;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.VolumeSpec;
import hayloft.filer.gc.CollectorConfig;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.scrub.ScrubConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// What `hayloft server` was asked to be. Immutable.
///
/// @param directories the first one has catalog, master and keys
/// @param s3 and the other addresses: where each role listens; port 0 for any free one
/// @param users file of users that are created at start if they are absent
/// @param minFreeBytes free space of each disk that writes leave alone; empty for what suits the disks
/// @param volumeLimitBytes size at which a volume counts as full; empty for what suits the disks
/// @param domains host names whose subdomains are buckets; empty for path style only
/// @param region that signatures and bucket locations name
/// @param maxConnections on the S3 port
/// @param access who may use the ports without signatures
/// @param compaction when volumes give dead space back
/// @param collector when what nobody reaches any more is marked dead
/// @param memory who gets which part of it
/// @param tls what all ports show; without it they speak plain HTTP
/// @param admin the port that administrators use
/// @param scrub how volumes are verified in the background
public record ServerConfig(List<Path> directories, WhenEmpty whenEmpty, InetSocketAddress s3, InetSocketAddress master,
    InetSocketAddress volume, InetSocketAddress filer, Durability durability, Optional<Path> users,
    OptionalLong minFreeBytes,
    OptionalLong volumeLimitBytes, List<String> domains, String region, int maxConnections, boolean signatureV2,
    PortAccess access, CompactionConfig compaction, CollectorConfig collector, MemoryPlan memory,
    Optional<TlsFiles> tls, AdminConfig admin, ScrubConfig scrub) {

  /// What `--volume-limit` may be at least: the largest needle of the catalog, a chunk with as much meta as there may
  /// be, fits into an empty volume, of which a sixteenth is held back.
  static final long LEAST_VOLUME_LIMIT_BYTES = 2L * NeedleDraft.MAX_META_BYTES;

  public ServerConfig {
    directories = List.copyOf(directories);
    domains = List.copyOf(domains);
    if (directories.isEmpty()) {
      throw new IllegalArgumentException(
          "no data directory: name at least one with --dir, the variable HAYLOFT_DIR, or dir in the configuration "
              + "file");
    }
    volumeLimitBytes.ifPresent(limit -> {
      if (limit < LEAST_VOLUME_LIMIT_BYTES || limit > VolumeSpec.MAX_LIMIT_BYTES) {
        throw new IllegalArgumentException("--volume-limit must be between " + LEAST_VOLUME_LIMIT_BYTES + " and "
            + VolumeSpec.MAX_LIMIT_BYTES + " bytes, got " + limit
            + ": a smaller volume would not take what one object may need");
      }
    });
    if (maxConnections < 1) {
      throw new IllegalArgumentException("--max-connections must be at least 1, got " + maxConnections);
    }
    if (region.isBlank()) {
      throw new IllegalArgumentException("--region must not be empty");
    }
    access.requireLoopbackIfOpen(new TreeMap<>(Map.of("master", master, "volume", volume, "filer", filer)));
    requireDistinct(Map.of("s3-port", s3, "master-port", master, "volume-port", volume, "filer-port", filer));
    if (!admin.orAnyPort()) {
      requireDistinct(Map.of("s3-port", s3, "master-port", master, "volume-port", volume, "filer-port", filer,
          "admin-port", admin.address()));
    }
  }

  /// The same on certain ports.
  ///
  /// @param ports of s3, master, volume, filer and admin
  ServerConfig on(List<Integer> ports) {
    return new ServerConfig(directories, whenEmpty, on(s3, ports.get(0)), on(master, ports.get(1)),
        on(volume, ports.get(2)), on(filer, ports.get(3)), durability, users, minFreeBytes, volumeLimitBytes, domains,
        region, maxConnections, signatureV2, access, compaction, collector, memory, tls,
        new AdminConfig(on(admin.address(), ports.get(4)), false, admin.log()), scrub);
  }

  private static InetSocketAddress on(InetSocketAddress address, int port) {
    return new InetSocketAddress(address.getAddress(), port);
  }

  private static void requireDistinct(Map<String, InetSocketAddress> addresses) {
    Map<Integer, String> taken = new HashMap<>();
    new TreeMap<>(addresses).forEach((key, address) -> {
      String other = address.getPort() == 0 ? null : taken.putIfAbsent(address.getPort(), key);
      if (other != null) {
        throw new IllegalArgumentException(other + " and " + key + " must differ, both are " + address.getPort());
      }
    });
  }
}
