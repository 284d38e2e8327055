package hayloft.common.directory;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Another JVM that has stores open until it is closed.
final class ForeignProcess implements AutoCloseable {

  private final Process process;

  private ForeignProcess(Process process) {
    this.process = process;
  }

  /// In the other process.
  ///
  /// @param arguments data directories, each a store, or files to be locked
  public static void main(String[] arguments) throws IOException {
    List<AutoCloseable> open = new ArrayList<>();
    for (Path path : Arrays.stream(arguments).map(Path::of).toList()) {
      if (path.toFile().isFile()) {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
        open.add(channel);
        if (channel.tryLock() == null) {
          throw new IOException(path + " is locked");
        }
      } else {
        open.add(StoreDirectories.open(List.of(path), StoreDirectories.WhenEmpty.CREATE));
      }
    }
    System.out.println("open");
    System.in.read(); // until the test closes the pipe
    System.exit(open.isEmpty() ? 1 : 0);
  }

  /// Waits until it has them.
  static ForeignProcess holding(Path... paths) throws IOException {
    List<String> command = new ArrayList<>(
        List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
            "-XX:TieredStopAtLevel=1", "-cp", classPath(), ForeignProcess.class.getName()));
    Arrays.stream(paths).map(Path::toString).forEach(command::add);
    var held = new ForeignProcess(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    BufferedReader output = held.process.inputReader(UTF_8);
    String line = output.readLine();
    if (!"open".equals(line)) {
      held.process.destroyForcibly();
      throw new IOException("the other process said " + line);
    }
    return held;
  }

  private static String classPath() {
    return Stream
        .of(ForeignProcess.class, StoreDirectories.class, ObjectMapper.class, JsonFactory.class, JsonProperty.class)
        .map(type -> Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())))
        .map(Path::toString).distinct().collect(Collectors.joining(File.pathSeparator));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.outputWriter(UTF_8).close();
    process.waitFor();
  }
}
