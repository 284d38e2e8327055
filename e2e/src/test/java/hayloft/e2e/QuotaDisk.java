package hayloft.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A real quota for one test: a subvolume with a limit of its own (a qgroup) in a Btrfs in a file. It holds for root
/// too, and the file system says that there is space all the same. Confined to the test.
final class QuotaDisk implements AutoCloseable {
  private static final long IMAGE_BYTES = 512L << 20;

  private final Path mount;
  private final Path limited;

  private QuotaDisk(Path mount) {
    this.mount = mount;
    this.limited = mount.resolve("limited");
  }

  /// Makes and mounts it, or skips the test where that is not possible.
  static QuotaDisk mount(Path folder, int mebibytes) throws IOException, InterruptedException {
    Path image = folder.resolve("btrfs.image");
    Path mount = folder.resolve("btrfs");
    Files.createDirectories(mount);
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(IMAGE_BYTES);
    }
    boolean mounted = run("mkfs.btrfs", "-q", image.toString())
        && run("mount", "-o", "loop", image.toString(), mount.toString());
    assumeTrue(mounted,
        "a Btrfs cannot be made and mounted here (it takes root, btrfs-progs and a loop device): no quota was tested");
    var disk = new QuotaDisk(mount);
    try {
      boolean limits = run("btrfs", "quota", "enable", mount.toString())
          && run("btrfs", "subvolume", "create", disk.limited.toString());
      assumeTrue(limits, "this Btrfs has no quotas: none was tested");
      disk.limit(mebibytes);
      return disk;
    } catch (Throwable e) {
      disk.close();
      throw e;
    }
  }

  /// The place that has the quota.
  Path path() {
    return limited;
  }

  /// Gives it another quota, with everything that it holds.
  void limit(int mebibytes) throws IOException, InterruptedException {
    if (!run("btrfs", "qgroup", "limit", mebibytes + "M", limited.toString())) {
      throw new IOException("could not limit " + limited);
    }
  }

  long freeBytes() throws IOException {
    return Files.getFileStore(limited).getUsableSpace();
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) {
      return false; // there is no such program
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (!run("umount", mount.toString()) && !run("umount", "-l", mount.toString())) {
      throw new IOException("could not unmount " + mount);
    }
  }
}
