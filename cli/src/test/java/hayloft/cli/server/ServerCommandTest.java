package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hayloft.cli.config.Refusals;
import hayloft.cli.admin.AdminConfig;
import hayloft.cli.memory.AvailableMemory;
import hayloft.cli.memory.MemoryPlan;
import hayloft.common.Durability;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import hayloft.filer.gc.CollectorConfig;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.scrub.ScrubConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

final class ServerCommandTest {

  @Command(name = "test")
  private static final class Holder {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  private static ServerConfig config(String... arguments) {
    var holder = new Holder();
    new CommandLine(holder).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
    return holder.options.config(Map.of());
  }

  private static void refused(String expected, String... arguments) {
    try {
      config(arguments);
      fail("taken: " + List.of(arguments));
    } catch (ParameterException e) {
      assertTrue(Refusals.text(e).contains(expected), Refusals.text(e));
    } catch (IllegalArgumentException e) {
      assertTrue(e.toString().contains(expected), e.toString());
    }
  }

  @Test
  void theDefaultsAreThese() {
    assertEquals(
        new ServerConfig(List.of(Path.of("data")), WhenEmpty.CREATE, new InetSocketAddress("0.0.0.0", 8333),
            new InetSocketAddress("127.0.0.1", 9333), new InetSocketAddress("127.0.0.1", 8080),
            new InetSocketAddress("127.0.0.1", 8888), Durability.FSYNC, Optional.empty(), OptionalLong.empty(),
            OptionalLong.empty(),
            List.of(), "us-east-1", 16_384, false, PortAccess.DEFAULTS,
            new CompactionConfig(0.3, 16 << 20, 64 << 20, Duration.ofSeconds(30)),
            CollectorConfig.DEFAULTS.after(Duration.ofSeconds(30)),
            MemoryPlan.of(OptionalLong.empty(), AvailableMemory.ofThisProcess()), Optional.empty(),
            AdminConfig.DEFAULTS, ScrubConfig.DEFAULTS),
        config("--dir", "data"));
  }

  @Test
  void everyFlagIsHeard(@TempDir Path directory) throws IOException {
    Path users = Files.writeString(directory.resolve("users.json"), "[]");
    assertEquals(
        new ServerConfig(List.of(Path.of("a"), Path.of("b")), WhenEmpty.REFUSE, new InetSocketAddress("127.0.0.2", 1),
            new InetSocketAddress("127.0.0.2", 2), new InetSocketAddress("127.0.0.2", 3),
            new InetSocketAddress("127.0.0.2", 0),
            Durability.OS, Optional.of(users), OptionalLong.of(5_000_000_000L), OptionalLong.of(64_000_000L),
            List.of("s3.example.test", "other.test"),
            "eu-north-1", 9, true, new PortAccess(Optional.empty(), true, List.of("hay.test")),
            new CompactionConfig(0.5, 1_000_000, 64 << 20, Duration.ZERO),
            CollectorConfig.DEFAULTS.after(Duration.ofSeconds(3)),
            MemoryPlan.of(OptionalLong.of(300 << 20), AvailableMemory.ofThisProcess()), Optional.empty(),
            AdminConfig.DEFAULTS, ScrubConfig.DEFAULTS),
        config("--dir", "a", "--dir=b", "--bind", "127.0.0.2", "--s3-port", "1", "--master-port=2", "--volume-port=3",
            "--filer-port=0", "--durability", "os", "--users", users.toString(), "--min-free", "5GB", "--volume-limit",
            "64MB",
            "--domain", "s3.example.test", "--domain", "other.test", "--region", "eu-north-1", "--max-connections", "9",
            "--signature-v2", "--require-store", "--open-file-ids", "--known-host", "hay.test",
            "--compact-dead", "50", "--compact-min", "1MB", "--compact-every",
            "0",
            "--collect-after", "3", "--memory", "300MiB"));
  }

  @Test
  void whatIsWrongIsNamed(@TempDir Path directory) throws IOException {
    String prose = Files.writeString(directory.resolve("prose"), "no PEM").toString();
    refused("no data directory: name at least one with --dir", "--s3-port", "1");
    refused("--s3-port must be a port from 0 to 65535, got 70000", "--dir", "a", "--s3-port", "70000");
    refused("--durability must be one of fsync, os, got maybe", "--dir", "a", "--durability", "maybe");
    refused("--volume-limit must be auto or a size from 2MiB to 32GiB, got 33GiB", "--dir", "a", "--volume-limit",
        "33GiB");
    refused("--volume-limit must be a size such as 30GB, 64MiB or 4096, got big", "--dir", "a", "--volume-limit",
        "big");
    refused("--memory must be a size such as 30GB, 64MiB or 4096, got much", "--dir", "a", "--memory", "much");
    refused("--memory must be at least 256 MiB and no more than there is (", "--dir", "a", "--memory=255MiB");
    refused("--memory must be auto or a size such as 512MiB, got nothing", "--memory", "--dir", "a");
    refused("--min-free must be a size", "--dir", "a", "--min-free", "5%");
    refused("--max-connections must be a number, 1 or more, got 0", "--dir", "a", "--max-connections", "0");
    refused("--compact-dead must be a percentage from 1 to 100, got 0", "--dir", "a", "--compact-dead", "0");
    refused("--collect-after must be a number of seconds, 0 or more, got -1", "--dir", "a", "--collect-after=-1");
    refused("--domain must be a host name", "--dir", "a", "--domain", "http://s3.test");
    refused("--region must be a region", "--dir", "a", "--region", "a/b");
    refused("--bind must be an address of this machine", "--dir", "a", "--bind", "no such.invalid");
    refused("--users must be a file that this user may read, got /nowhere", "--dir", "a", "--users", "/nowhere");
    refused("--dir must be a directory, there or to be made, got /dev/null/x (/dev/null is no directory)", "--dir",
        "/dev/null/x");
    refused("--require-store must be true or false, got maybe", "--dir", "a", "--require-store=maybe");
    refused("master-port and s3-port must differ, both are 9333", "--dir", "a", "--s3-port", "9333");
    refused("--tls-cert must be a file that this user may read, got /nowhere", "--dir", "a", "--tls-cert", "/nowhere");
    refused("--tls-cert must be a PEM file with certificates, got " + prose + " (it has no certificate)", "--dir",
        "a", "--tls-cert", prose);
    refused("--tls-key must be a PEM file with a private key, got " + prose + " (it has no private key)", "--dir",
        "a", "--tls-key", prose);
    refused("no such option: --s3port; did you mean --s3-port?", "--dir", "a", "--s3port=1");
  }
}
