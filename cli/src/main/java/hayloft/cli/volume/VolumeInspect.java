package hayloft.cli.volume;

import hayloft.cli.ProgramVersion;
import hayloft.cli.progress.Progress;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleScanner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft volume inspect`.
@Command(name = "inspect", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class,
    sortOptions = false, usageHelpAutoWidth = true, description = {
        "Shows what is in a volume file: superblock and descriptor, needles by kind, live and dead share, sizes, time "
            + "span, and whether every checksum is right. A server may be using the file.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "0:shown; nothing that is alive is damaged", "1:something is damaged, or the needle is not there",
        "2:wrong usage"},
    footer = {"", "Examples:", "  hayloft volume inspect /srv/hayloft/volumes/7.dat",
        "  hayloft volume inspect 7.dat --list | grep photos/",
        "  hayloft volume inspect 7.dat --needle 7,0101637037d6"})
final class VolumeInspect implements Callable<Integer> {

  /// What is shown instead of the summary.
  static final class Instead {
    @Option(names = "--needle", paramLabel = "NEEDLE", converter = NeedleChoice.Reading.class,
        description = "One needle: a decimal offset, a key (0x101) or a file id (7,0101637037d6).")
    private Optional<NeedleChoice> needle = Optional.empty();

    @Option(names = "--list", description = "One line for each needle: offset, kind, file id, sequence, bytes of meta "
        + "and data, live or dead, and whose it is.")
    private boolean list;
  }

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "A volume file, such as DIR/volumes/7.dat.")
  private Path path = Path.of("");

  @ArgGroup(exclusive = true)
  private Instead instead = new Instead();

  @Option(names = "--bytes", paramLabel = "N", defaultValue = "128", description = "With --needle: bytes of its data "
      + "that are dumped (default: ${DEFAULT-VALUE}).")
  private int dumpedBytes = 128;

  @Option(names = "--metas-only", description = "Read and check heads and metas alone, not the data.")
  private boolean metasOnly;

  @Option(names = "--json", description = "JSON instead of text; with --list one object a line.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (!VolumeFile.exists(path)) {
      throw new ParameterException(spec.commandLine(), "FILE must be a volume file, got " + path);
    }
    PrintWriter out = spec.commandLine().getOut();
    NeedleScanner.Depth depth = metasOnly ? NeedleScanner.Depth.METAS : NeedleScanner.Depth.DATA;
    try (VolumeFile file = VolumeFile.open(path)) {
      if (instead.needle.isPresent()) {
        return NeedleDump.print(file, instead.needle.get(), dumpedBytes, json, out) ? 0 : 1;
      }
      if (instead.list) {
        var list = new NeedleList(file, json, out);
        file.look(depth, list);
        out.flush();
        return list.hasLosses() ? 1 : 0;
      }
      try (Progress progress = Progress.of("inspect", file.endBytes(), Progress.Unit.BYTES,
          spec.commandLine().getErr())) {
        var summary = new VolumeSummary(file, !metasOnly, progress::add);
        file.look(depth, summary);
        progress.close();
        out.print(json ? summary.toJson().toPrettyString() + "\n" : summary.toText());
        out.flush();
        return summary.hasLosses() ? 1 : 0;
      }
    }
  }
}
