package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import hayloft.filer.gc.CollectorConfig;
import hayloft.volume.compaction.CompactionConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

final class ServerCommandTest {

  private static ServerConfig config(String... arguments) {
    var command = new ServerCommand();
    new CommandLine(command).parseArgs(arguments);
    return command.config(Map.of());
  }

  private static void refused(String expected, String... arguments) {
    var refusal = assertThrows(ParameterException.class, () -> config(arguments));
    assertTrue(refusal.toString().contains(expected), refusal.toString());
  }

  @Test
  void theDefaultsAreThese() {
    assertEquals(
        new ServerConfig(List.of(Path.of("data")), WhenEmpty.CREATE, new InetSocketAddress("0.0.0.0", 8333),
            new InetSocketAddress("127.0.0.1", 9333), new InetSocketAddress("127.0.0.1", 8080),
            new InetSocketAddress("127.0.0.1", 8888), Durability.FSYNC, Optional.empty(), Optional.empty(),
            30_000_000_000L,
            List.of(), "us-east-1", 16_384, true, Optional.empty(),
            new CompactionConfig(0.3, 16 << 20, 64 << 20, Duration.ofSeconds(30)),
            CollectorConfig.DEFAULTS.after(Duration.ofSeconds(30))),
        config("--dir", "data"));
  }

  @Test
  void everyFlagIsHeard() {
    assertEquals(
        new ServerConfig(List.of(Path.of("a"), Path.of("b")), WhenEmpty.REFUSE, new InetSocketAddress("127.0.0.2", 1),
            new InetSocketAddress("127.0.0.2", 2), new InetSocketAddress("127.0.0.2", 3),
            new InetSocketAddress("127.0.0.2", 0),
            Durability.OS, Optional.of(Path.of("users.json")), Optional.of(5_000_000_000L), 64_000_000L,
            List.of("s3.example.test", "other.test"),
            "eu-north-1", 9, false, Optional.empty(), new CompactionConfig(0.5, 1_000_000, 64 << 20, Duration.ZERO),
            CollectorConfig.DEFAULTS.after(Duration.ofSeconds(3))),
        config("--dir", "a", "--dir=b", "--bind", "127.0.0.2", "--s3-port", "1", "--master-port=2", "--volume-port=3",
            "--filer-port=0", "--durability", "os", "--users", "users.json", "--min-free", "5GB", "--volume-limit",
            "64MB",
            "--domain", "s3.example.test", "--domain", "other.test", "--region", "eu-north-1", "--max-connections", "9",
            "--no-signature-v2", "--require-store", "--compact-dead", "50", "--compact-min", "1MB", "--compact-every",
            "0",
            "--collect-after", "3"));
  }

  @Test
  void whatIsWrongIsNamed() {
    refused("--dir", "--s3-port", "1");
    refused("--s3-port must be between 0 and 65535, got 70000", "--dir", "a", "--s3-port", "70000");
    refused("durability must be fsync or os, got maybe", "--dir", "a", "--durability", "maybe");
    refused("--volume-limit must be between", "--dir", "a", "--volume-limit", "33GiB");
    refused("--volume-limit: not a size: \"big\"", "--dir", "a", "--volume-limit", "big");
    refused("--max-connections must be at least 1", "--dir", "a", "--max-connections", "0");
    refused("Unknown option: '--s3port=1'", "--dir", "a", "--s3port=1");
  }
}
