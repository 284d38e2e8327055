package hayloft.cli.server;

import hayloft.common.directory.DiskSpace;

import hayloft.cli.ByteSize;
import hayloft.cli.ProgramVersion;
import hayloft.common.Durability;
import hayloft.common.log.EventLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Help.Ansi;

/// What a person needs to know of a server that has just started. Immutable.
///
/// @param endpoints role and URL
/// @param everywhere whether S3 listens on all addresses of the machine
/// @param credentials where they are: a variable's name or a file
/// @param configuration the file that was used
record Greeting(List<Map.Entry<String, String>> endpoints, boolean everywhere, List<Space> directories,
    Durability durability, String credentials, Optional<Path> configuration) {

  private static final EventLog LOG = EventLog.of(Greeting.class);

  /// A data directory and its disk.
  record Space(Path directory, DiskSpace disk) {}

  private static String howToStop() {
    return "Ctrl-C, or kill " + ProcessHandle.current().pid();
  }

  /// For programs and files: an event for each thing.
  void log() {
    LOG.info("server.started").with("version", ProgramVersion.number())
        .with("commit", ProgramVersion.commit().orElse("unknown")).with("java", Runtime.version())
        .with("durability", durability.text()).with("pid", ProcessHandle.current().pid()).with("stop", "SIGTERM").say();
    endpoints.forEach(endpoint -> LOG.info("server.listening").with("role", endpoint.getKey())
        .with("url", endpoint.getValue()).say());
    for (Space space : directories) {
      LOG.info("server.directory").with("path", space.directory()).with("freeBytes", space.disk().usableBytes())
          .with("totalBytes", space.disk().totalBytes()).say();
    }
    LOG.info("server.credentials").with("in", credentials).say();
    configuration.ifPresent(file -> LOG.info("server.configuration").with("file", file).say());
  }

  /// For a terminal.
  ///
  /// @param ansi whether in colour
  String text(Ansi ansi) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines
        .add(ansi.string("  @|bold,green Hayloft|@ @|bold " + ProgramVersion.numberAndCommit() + "|@  ready to serve"));
    lines.add("");
    for (var endpoint : endpoints) {
      boolean s3 = endpoint.getKey().equals("s3");
      lines.add(line(ansi, s3 ? "S3" : endpoint.getKey(), ansi.apply(endpoint.getValue(), List.of(Ansi.Style.fg_cyan))
          + (s3 && everywhere ? ", on every address of this machine" : "")));
    }
    for (Space space : directories) {
      lines.add(line(ansi, "data", space.directory() + ", " + ByteSize.text(space.disk().usableBytes()) + " free of "
          + ByteSize.text(space.disk().totalBytes())));
    }
    lines.add(line(ansi, "durability", switch (durability) {
      case FSYNC -> "fsync: a write is acknowledged once it is on the disk";
      case OS -> "os: a write is acknowledged once it is in the page cache; a power cut may take it";
    }));
    lines.add(line(ansi, "credentials", credentials));
    lines.add(line(ansi, "configuration",
        configuration.map(Path::toString).orElse("no file; flags, environment and defaults")));
    lines.add(line(ansi, "to stop", howToStop()));
    lines.add("");
    return String.join(System.lineSeparator(), lines) + System.lineSeparator();
  }

  private static String line(Ansi ansi, String what, String value) {
    return "  " + ansi.apply(what + " ".repeat(Math.max(0, 14 - what.length())), List.of(Ansi.Style.faint)).toString()
        + value;
  }
}
