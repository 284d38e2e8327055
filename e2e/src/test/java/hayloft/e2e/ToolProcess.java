package hayloft.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A command of `./hayloft` as a process of its own, which ends by itself. Confined to the test that started it.
///
/// @param exitCode of the process
/// @param output standard output
record ToolProcess(int exitCode, String output) {

  static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("hayloft.home"), "hayloft").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HAYLOFT_ROOT_USER", ServerProcess.ACCESS_KEY);
    builder.environment().put("HAYLOFT_ROOT_PASSWORD", ServerProcess.SECRET_KEY);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  static ToolProcess run(String... arguments) throws IOException, InterruptedException {
    return ended(start(arguments));
  }

  /// Waits for its end.
  static ToolProcess ended(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new ToolProcess(process.waitFor(), output);
  }
}
