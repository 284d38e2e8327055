package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.volume.scrub.ScrubConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

final class AdminOptionsTest {

  @Command(name = "test")
  private static final class Holder {
    @Mixin
    private AdminOptions options = new AdminOptions();
  }

  private static AdminOptions parsed(String... arguments) {
    var holder = new Holder();
    new CommandLine(holder).parseArgs(arguments);
    return holder.options;
  }

  @Test
  void theDefaultsAreThese() {
    assertEquals(AdminConfig.DEFAULTS, parsed().admin(9333));
    assertEquals(ScrubConfig.DEFAULTS, parsed().scrub());
    assertEquals(new AdminConfig(new InetSocketAddress("127.0.0.1", 0), true, Optional.empty()), parsed().admin(0),
        "who wants any port for the others gets any");
  }

  @Test
  void everyFlagIsHeard() {
    AdminOptions options = parsed("--admin-port", "7000", "--admin-bind", "127.0.0.2", "--admin-log", "a.log",
        "--scrub-period", "36h", "--scrub-rate", "1MiB");
    assertEquals(new AdminConfig(new InetSocketAddress("127.0.0.2", 7000), false, Optional.of(Path.of("a.log"))),
        options.admin(0));
    assertEquals(new ScrubConfig(Duration.ofHours(36), 1 << 20), options.scrub());
    assertEquals(Duration.ZERO, parsed("--scrub-period", "0").scrub().period());
    assertEquals(Duration.ofMinutes(15), parsed("--scrub-period", "15m").scrub().period());
    assertEquals(Duration.ofDays(7), parsed("--scrub-period", "7d").scrub().period());
  }

  @Test
  void onlyLoopbackNeedsNoTls() {
    assertFalse(AdminConfig.DEFAULTS.isInClear(false));
    for (String loopback : new String[]{"127.0.0.1", "127.0.0.2", "::1", "localhost"}) {
      assertFalse(parsed("--admin-bind", loopback).admin(9333).isInClear(false), loopback);
    }
    for (String reached : new String[]{"0.0.0.0", "::", "192.0.2.1"}) {
      assertTrue(parsed("--admin-bind", reached).admin(9333).isInClear(false), reached);
      assertFalse(parsed("--admin-bind", reached).admin(9333).isInClear(true), reached);
    }
  }

  @Test
  void whatIsWrongIsRefused() {
    for (String[] wrong : new String[][]{{"--admin-port", "70000"}, {"--scrub-period", "often"},
        {"--scrub-period", "-1"}, {"--scrub-rate", "0"}, {"--scrub-rate", "fast"},
        {"--admin-bind", "no such.invalid"}}) {
      assertTrue(assertThrows(ParameterException.class, () -> parsed(wrong)).toString().contains(wrong[0]));
    }
  }
}
