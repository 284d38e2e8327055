package hayloft.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/// A file system in memory of a size of its own, mounted for one test. Confined to it.
final class SmallDisk implements AutoCloseable {
  private final Path path;

  private SmallDisk(Path path) {
    this.path = path;
  }

  /// Mounts it, or skips the test where that is not possible.
  static SmallDisk mount(Path path, int mebibytes) throws IOException, InterruptedException {
    Files.createDirectories(path);
    boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", path.toString());
    assumeTrue(mounted,
        "a tmpfs of " + mebibytes + " MiB cannot be mounted here (that takes root): nothing was tested");
    return new SmallDisk(path);
  }

  /// Gives it another size, with everything that it holds.
  void resize(int mebibytes) throws IOException, InterruptedException {
    if (!run("mount", "-o", "remount,size=" + mebibytes + "m", path.toString())) {
      throw new IOException("could not resize " + path);
    }
  }

  Path path() {
    return path;
  }

  long freeBytes() throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  /// Fills what is free, to the last byte, with a file that is none of the store's.
  ///
  /// @return the file
  Path fill() throws IOException {
    return fill(0);
  }

  /// The same, but for so many bytes.
  Path fill(long leftBytes) throws IOException {
    Path foreign = path.resolve("foreign");
    byte[] page = new byte[4096];
    byte[] large = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(foreign, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (long free = freeBytes(); free > leftBytes; free = freeBytes()) {
        out.write(free - leftBytes > 8L * large.length ? large : page);
      }
    }
    return foreign;
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (!run("umount", path.toString()) && !run("umount", "-l", path.toString())) {
      throw new IOException("could not unmount " + path);
    }
  }
}
