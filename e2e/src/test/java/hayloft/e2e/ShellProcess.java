package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `./hayloft shell` as a process of its own. Immutable.
///
/// @param accessKey and secret: who asks
record ShellProcess(URI endpoint, String accessKey, String secretKey) {

  /// What a run left.
  record Run(int exitCode, String out, String err) {

    /// @throws AssertionError if it failed
    Run succeeded() {
      assertEquals(0, exitCode, out + err);
      return this;
    }

    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }
  }

  static ShellProcess of(ServerProcess server) {
    return new ShellProcess(server.adminPort(), ServerProcess.ACCESS_KEY, ServerProcess.SECRET_KEY);
  }

  ShellProcess as(String nextAccessKey, String nextSecretKey) {
    return new ShellProcess(endpoint, nextAccessKey, nextSecretKey);
  }

  /// `shell -c COMMANDS`.
  Run run(String commands) throws IOException, InterruptedException {
    return start(List.of("-c", commands), "");
  }

  /// `shell -c 'COMMAND --json'`, which must succeed.
  JsonNode ask(String command) throws IOException, InterruptedException {
    return run(command + " --json").succeeded().json();
  }

  /// `shell` with lines on its standard input.
  Run pipe(String lines) throws IOException, InterruptedException {
    return start(List.of(), lines);
  }

  /// The process, still running.
  Process begin(String commands, Path out, Path err) throws IOException {
    return builder(List.of("-c", commands)).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
  }

  private ProcessBuilder builder(List<String> arguments) {
    List<String> command = new ArrayList<>(
        List.of(Path.of(System.getProperty("hayloft.home"), "hayloft").toString(), "shell", "--endpoint",
            endpoint.toString()));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(Map.of("HAYLOFT_ROOT_USER", accessKey, "HAYLOFT_ROOT_PASSWORD", secretKey));
    return builder;
  }

  private Run start(List<String> arguments, String in) throws IOException, InterruptedException {
    Path out = Files.createTempFile("shell", ".out");
    Path err = Files.createTempFile("shell", ".err");
    try {
      Process process = builder(arguments).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      try (OutputStream to = process.getOutputStream()) {
        to.write(in.getBytes(StandardCharsets.UTF_8));
      }
      return new Run(process.waitFor(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
