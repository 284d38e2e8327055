package hayloft.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `./hayloft server` as a process of its own, on ephemeral ports. Confined to the test that started it.
public final class ServerProcess implements AutoCloseable {
  public static final String ACCESS_KEY = "e2eaccesskey";
  public static final String SECRET_KEY = "e2esecretkey1234";

  private static final Pattern READY = Pattern
      .compile("\\bs3=(https?://\\S+) master=(https?://\\S+) volume=(https?://\\S+) filer=(https?://\\S+) "
          + "admin=(https?://[^\\s\"]+)");

  private final Process process;
  private final URI endpoint;
  private final URI masterPort;
  private final URI volumePort;
  private final URI filerPort;
  private final URI adminPort;
  private final Path log;

  private ServerProcess(Process process, URI endpoint, URI masterPort, URI volumePort, URI filerPort, URI adminPort,
      Path log) {
    this.process = process;
    this.endpoint = endpoint;
    this.masterPort = masterPort;
    this.volumePort = volumePort;
    this.filerPort = filerPort;
    this.adminPort = adminPort;
    this.log = log;
  }

  /// Starts the program on a data directory and returns once it says that it is ready.
  ///
  /// @param flags further flags of `hayloft server`
  static ServerProcess start(Path directory, String... flags) throws IOException {
    return startToCrash(directory, "", flags);
  }

  /// @param crashAt a crash point's name, `NAME:n` for its nth passing; empty for none
  static ServerProcess startToCrash(Path directory, String crashAt, String... flags) throws IOException {
    return ready(
        launch(List.of(), directory, logOf(directory),
            javaOptions(crashAt.isEmpty() ? "" : "-Dhayloft.crashAt=" + crashAt), flags),
        logOf(directory));
  }

  /// Starts the program through another one, which runs it as a part of its own command line.
  ///
  /// @param javaOptions further options of the JVM; empty for none
  /// @param wrapper the other program and its arguments
  static ServerProcess startWithin(List<String> wrapper, Path directory, String javaOptions, String... flags)
      throws IOException {
    return ready(launch(wrapper, directory, logOf(directory), javaOptions(javaOptions), flags), logOf(directory));
  }

  /// @param log file that its standard error is added to, where the directory's own neighbourhood is not the place
  static ServerProcess startLogging(Path log, Path directory, String... flags) throws IOException {
    return start(directory, log, Map.of(), flags);
  }

  /// @param environment besides the root credentials
  public static ServerProcess start(Path directory, Path log, Map<String, String> environment, String... flags)
      throws IOException {
    return ready(launch(List.of(), directory, log, environment, flags), log);
  }

  private static Map<String, String> javaOptions(String options) {
    return options.isEmpty() ? Map.of() : Map.of("HAYLOFT_JAVA_OPTS", options);
  }

  private static ServerProcess ready(Process process, Path log) throws IOException {
    @Nullable
    MatchResult line = readyLine(process);
    if (line == null) {
      process.destroyForcibly();
      throw new IOException("the server did not become ready:\n" + Files.readString(log));
    }
    return new ServerProcess(process, URI.create(line.group(1)), URI.create(line.group(2)),
        URI.create(line.group(3)), URI.create(line.group(4)), URI.create(line.group(5)), log);
  }

  private static Path logOf(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".log");
  }

  private static Process launch(List<String> wrapper, Path directory, Path log, Map<String, String> environment,
      String... flags) throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(List.of(Path.of(System.getProperty("hayloft.home"), "hayloft").toString(),
        "server", "--dir", directory.toString(), "--bind", "127.0.0.1"));
    for (String port : List.of("--s3-port", "--master-port", "--volume-port", "--filer-port")) {
      command.add(port);
      command.add("0");
    }
    command.addAll(List.of(flags));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HAYLOFT_ROOT_USER", ACCESS_KEY);
    builder.environment().put("HAYLOFT_ROOT_PASSWORD", SECRET_KEY);
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return builder.start();
  }

  private static @Nullable MatchResult readyLine(Process process) throws IOException {
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher matcher = READY.matcher(line);
      if (matcher.find()) {
        return matcher.toMatchResult();
      }
    }
    return null;
  }

  /// Where S3 is spoken.
  public URI endpoint() {
    return endpoint;
  }

  /// Where file ids are assigned.
  public URI masterPort() {
    return masterPort;
  }

  /// Where the volume server listens.
  public URI volumePort() {
    return volumePort;
  }

  /// Where the catalog tells of its health, and of all figures.
  public URI filerPort() {
    return filerPort;
  }

  /// Where `hayloft shell` asks.
  public URI adminPort() {
    return adminPort;
  }

  /// Asks as the administrator.
  public S3Requests client() {
    return new S3Requests(endpoint, ACCESS_KEY, SECRET_KEY);
  }

  /// Whether it is still there.
  public boolean isAlive() {
    return process.isAlive();
  }

  /// Of the process, for `/proc`.
  public long pid() {
    return process.pid();
  }

  /// All that it has said on standard error.
  public String log() throws IOException {
    return Files.readString(log);
  }

  /// The log, or why it cannot be read: for messages.
  String logOrWhy() {
    try {
      return log();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /// SIGKILL, as `kill -9`; returns once the process is gone.
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /// Waits for the process to die by itself.
  public boolean awaitDeath(long seconds) throws InterruptedException {
    return process.waitFor(seconds, TimeUnit.SECONDS);
  }

  /// SIGTERM, without waiting for what comes of it.
  void terminate() {
    process.destroy();
  }

  /// SIGTERM; returns the exit code.
  public int stop() throws InterruptedException {
    terminate();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("the server did not stop within 20 s of SIGTERM");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    if (process.isAlive()) {
      kill();
    }
  }
}
