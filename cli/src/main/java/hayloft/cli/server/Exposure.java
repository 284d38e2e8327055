package hayloft.cli.server;

import hayloft.common.directory.OwnerOnly;
import hayloft.common.log.EventLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Something of a store that others than its owner can get at: a data directory with permissions for its group or for
/// everybody, a file with a secret that every user of the machine can read. It is told and left alone: permissions that
/// are there may be somebody's arrangement. Immutable.
///
/// @param mend the command that ends it
public record Exposure(Path path, String mend) {

  private static final EventLog LOG = EventLog.of(Exposure.class);

  private static final List<String> OF_A_DIRECTORY = List.of("volumes", "catalog", "master", "credentials.json",
      "admin.log");

  private static Exposure of(Path path) {
    return new Exposure(path, "chmod o= " + path);
  }

  /// All that there is before or after a start.
  ///
  /// @param secretFiles further files that nobody else should read
  /// @throws IOException if permissions cannot be read
  public static List<Exposure> of(ServerConfig config, List<Path> secretFiles) throws IOException {
    List<Exposure> found = new ArrayList<>();
    for (Path named : config.directories()) {
      Path directory = named.toAbsolutePath().normalize();
      if (Files.exists(directory) && !OwnerOnly.beyondOwner(directory).isEmpty()) {
        found.add(new Exposure(directory, "chmod 700 " + directory));
      } else if (OwnerOnly.isAnyForOthers(OF_A_DIRECTORY.stream().map(directory::resolve))) { // links lead elsewhere
        found.add(of(directory));
      }
    }
    for (Path file : Stream.concat(secretFiles.stream(), Stream
        .of(config.tls().map(TlsFiles::key), config.users(), config.admin().log()).flatMap(Optional::stream))
        .toList()) {
      if (OwnerOnly.isAnyForOthers(Stream.of(file))) {
        found.add(of(file));
      }
    }
    return found;
  }

  /// A line for each.
  static void warn(ServerConfig config, List<Path> secretFiles) {
    try {
      for (Exposure one : of(config, secretFiles)) {
        LOG.warning("store.openToOthers").with("path", one.path).with("advice", one.mend).say();
      }
    } catch (IOException e) {
      LOG.warning("store.permissionsUnknown").with("reason", e).say();
    }
  }
}
