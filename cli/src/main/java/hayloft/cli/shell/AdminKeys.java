package hayloft.cli.shell;

import hayloft.cli.FileFault;
import hayloft.cli.client.Credentials;
import hayloft.cli.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the administrator's keys where they may be: the file that was named, the environment, the package's file, the
/// data directory's. Stateless.
final class AdminKeys {

  private static final String PACKAGE_FILE = "credentials.env";
  private static final String DIRECTORY_FILE = "credentials.json";

  private AdminKeys() {}

  /// @param named by --credentials
  /// @throws IllegalArgumentException if there are none, or half of them; the message says where they were looked for
  ///   and how to give some
  static Credentials find(Optional<Path> named, Configuration configuration) {
    if (named.isPresent()) {
      return Credentials.ofFile(named.get());
    }
    Optional<Credentials> set = Credentials.fromEnvironment(configuration.environment());
    if (set.isPresent()) {
      return set.get();
    }
    List<String> unreadable = new ArrayList<>();
    Path ofPackage = configuration.systemFile(PACKAGE_FILE);
    if (Files.isReadable(ofPackage)) {
      Optional<Credentials> packaged = ofVariables(ofPackage);
      if (packaged.isPresent()) {
        return new Credentials(packaged.get().accessKey(), packaged.get().secretKey(), ofPackage.toString());
      }
    } else if (Files.exists(ofPackage)) {
      unreadable.add(ofPackage.toString());
    }
    Optional<Path> ofDirectory = configuration.ofOthers("dir")
        .map(setting -> Path.of(setting.values().getFirst().strip(), DIRECTORY_FILE));
    if (ofDirectory.isPresent()) {
      if (Files.isReadable(ofDirectory.get())) {
        return Credentials.ofFile(ofDirectory.get());
      }
      if (!Files.notExists(ofDirectory.get())) { // there, or in a directory that hides it
        unreadable.add(ofDirectory.get().toString());
      }
    }
    throw new IllegalArgumentException("""
        no credentials of an administrator%s
          in the environment:  HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, as the server has them
          from a file:         --credentials DIR/credentials.json, where the server keeps those that it made"""
        .formatted(unreadable.isEmpty()
            ? ""
            : "; this user may not read " + String.join(" and ", unreadable)
                + ": run the shell as its owner (sudo hayloft shell), or give some"));
  }

  private static Optional<Credentials> ofVariables(Path file) {
    try {
      return Credentials.fromEnvironment(variables(file));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /// Lines of `NAME=value`, as systemd reads them.
  private static Map<String, String> variables(Path file) {
    Map<String, String> variables = new HashMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        int equals = line.indexOf('=');
        if (equals > 0 && !line.startsWith("#") && !line.startsWith(";")) {
          String value = line.substring(equals + 1).strip();
          boolean quoted = value.length() > 1 && value.charAt(0) == value.charAt(value.length() - 1)
              && (value.charAt(0) == '"' || value.charAt(0) == '\'');
          variables.put(line.substring(0, equals).strip(), quoted ? value.substring(1, value.length() - 1) : value);
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("it cannot be read: " + FileFault.text(e), e);
    }
    return variables;
  }
}
