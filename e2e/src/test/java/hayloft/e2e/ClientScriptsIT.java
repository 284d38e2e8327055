package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Scripts of real clients against the real process; what is not installed is skipped by name (`.ci/run` installs it).
class ClientScriptsIT {

  @TempDir
  Path temp;

  @Test
  void awsCli() throws Exception {
    assumeTrue(onPath("aws"), "the AWS CLI is not on the PATH");
    run(List.of("bash", script("aws-cli.sh")));
  }

  @Test
  void boto3() throws Exception {
    assumeTrue(onPath("python3") && succeeds("python3", "-c", "import boto3"),
        "python3 with boto3 is not on the PATH");
    run(List.of("python3", script("boto3_day.py")), Map.of(), "--signature-v2");
  }

  @Test
  void awsCliOverTls() throws Exception {
    assumeTrue(onPath("aws"), "the AWS CLI is not on the PATH");
    runOverTls(List.of("bash", script("aws-cli.sh")));
  }

  @Test
  void boto3OverTls() throws Exception {
    assumeTrue(onPath("python3") && succeeds("python3", "-c", "import boto3"),
        "python3 with boto3 is not on the PATH");
    runOverTls(List.of("python3", script("boto3_day.py")), "--signature-v2");
  }

  @Test
  void rclone() throws Exception {
    assumeTrue(onPath("rclone"), "rclone is not on the PATH");
    run(List.of("bash", script("rclone-tree.sh")));
  }

  @Test
  void sdkForJavaScript() throws Exception {
    assumeTrue(onPath("node") && succeeds("node", "-e",
        "require('@aws-sdk/client-s3'), require('@aws-sdk/s3-request-presigner')"),
        "node is not on the PATH, or the AWS SDK for JavaScript not on NODE_PATH");
    run(List.of("node", script("js-presigned.cjs")));
  }

  @Test
  void sdkForGo() throws Exception {
    String module = script("go-sdk");
    assumeTrue(onPath("go") && succeeds("go", "-C", module, "mod", "download"),
        "go is not on the PATH, too old, or cannot get the modules that go.mod names");
    run(List.of("go", "-C", module, "run", "."));
  }

  private static boolean succeeds(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
        .waitFor() == 0;
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    run(command, Map.of());
  }

  /// Each client finds the authority in a variable of its own.
  private void runOverTls(List<String> command, String... flags) throws IOException, InterruptedException {
    var certificates = Certificates.create(temp.resolve("certs"));
    String authority = certificates.authority().toString();
    run(command, Map.of("AWS_CA_BUNDLE", authority, "CURL_CA_BUNDLE", authority, "SSL_CERT_FILE", authority),
        Stream.concat(Stream.of(certificates.flags()), Stream.of(flags)).toArray(String[]::new));
  }

  private void run(List<String> command, Map<String, String> environment, String... flags)
      throws IOException, InterruptedException {
    Path work = Files.createDirectory(temp.resolve("work"));
    Path said = temp.resolve("said");
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), flags)) {
      ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
      builder.redirectErrorStream(true).redirectOutput(said.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
      builder.environment().putAll(Map.of("ENDPOINT", server.endpoint().toString(), "AWS_ACCESS_KEY_ID",
          ServerProcess.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", ServerProcess.SECRET_KEY, "AWS_DEFAULT_REGION",
          "us-east-1",
          "AWS_EC2_METADATA_DISABLED", "true", "AWS_CONFIG_FILE", work.resolve("none").toString(), "TREE",
          Path.of(System.getProperty("hayloft.home"), "common", "src").toString()));
      builder.environment().putAll(environment);
      Process process = builder.start();
      boolean ended = process.waitFor(180, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertEquals(0, ended ? process.exitValue() : -1, () -> command + " said:\n" + text(said) + "\nthe server said:\n"
          + text(temp.resolve("data.log")));
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String script(String name) {
    return Path.of(System.getProperty("hayloft.home"), "e2e", "src", "test", "scripts", name).toString();
  }

  private static boolean onPath(String program) {
    for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }
}
