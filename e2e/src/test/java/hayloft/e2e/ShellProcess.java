package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `./hayloft shell` as a process of its own for each run, and one that stays for what is only asked: a process takes
/// half a second to start. Confined to the test that made it.
final class ShellProcess implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI endpoint;
  private final String accessKey;
  private final String secretKey;
  private @Nullable Asking asking;

  /// @param accessKey and secret: who asks
  private ShellProcess(URI endpoint, String accessKey, String secretKey) {
    this.endpoint = endpoint;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
  }

  /// A shell that is given lines, and answers each with one document.
  private record Asking(Process process, Writer lines, JsonParser documents, Path err) {}

  /// What a run left.
  record Run(int exitCode, String out, String err) {

    /// @throws AssertionError if it failed
    Run succeeded() {
      assertEquals(0, exitCode, out + err);
      return this;
    }
  }

  static ShellProcess of(ServerProcess server) {
    return new ShellProcess(server.adminPort(), ServerProcess.ACCESS_KEY, ServerProcess.SECRET_KEY);
  }

  /// Somebody else at the same server.
  ShellProcess as(String nextAccessKey, String nextSecretKey) {
    return new ShellProcess(endpoint, nextAccessKey, nextSecretKey);
  }

  /// `shell -c COMMANDS`.
  Run run(String commands) throws IOException, InterruptedException {
    return start(List.of("-c", commands), "");
  }

  /// `COMMAND --json` given to a shell that stays for the next such question; it must succeed: an exit code that is not
  /// 0 ends it, which the next question or [#close] tells at the latest. [#run] has a process of its own.
  JsonNode ask(String command) throws IOException, InterruptedException {
    Asking shell = asking;
    if (shell == null) {
      Path err = Files.createTempFile("shell", ".err");
      Process process = builder(List.of()).redirectError(err.toFile()).start();
      shell = new Asking(process, process.outputWriter(StandardCharsets.UTF_8),
          JSON.createParser(process.inputReader(StandardCharsets.UTF_8)), err);
      asking = shell;
    }
    shell.lines.write(command + " --json\n");
    shell.lines.flush();
    JsonNode answer = JSON.readTree(shell.documents);
    if (answer == null) { // the first failure ends it
      int code = shell.process.waitFor();
      throw new AssertionError(command + " ended the shell with " + code + ": " + Files.readString(shell.err));
    }
    assertFalse(answer.has("error"), () -> command + ": " + answer);
    return answer;
  }

  /// Ends the shell that stays, which must have nothing more to say.
  @Override
  public void close() throws IOException {
    Asking shell = asking;
    asking = null;
    if (shell == null) {
      return;
    }
    try {
      shell.lines.close();
      JsonNode more = JSON.readTree(shell.documents);
      assertNull(more, () -> "said without being asked: " + more);
      assertEquals(0, shell.process.waitFor(), Files.readString(shell.err));
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      shell.process.destroyForcibly();
      Files.deleteIfExists(shell.err);
    }
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
