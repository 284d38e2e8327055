package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DiskDefaultsTest {

  @Test
  void aLargeDiskHasTheUsualSizes() {
    assertEquals(new DiskDefaults(1_000_000_000L, 30_000_000_000L, 1), DiskDefaults.of(2_000_000_000_000L, 1));
  }

  @Test
  void aSmallDiskHasSmallerOnes() {
    assertEquals(new DiskDefaults(1_000_000_000L, 5_000_000_000L, 3), DiskDefaults.of(100_000_000_000L, 3));
    assertEquals(new DiskDefaults(25_000_000L, 64L << 20, 16), DiskDefaults.of(500_000_000L, 40));
  }
}
