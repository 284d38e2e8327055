package hayloft.cli.volume;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Mixin;
import hayloft.cli.AnswerForm;
import hayloft.cli.ByteSize;
import hayloft.cli.ProgramVersion;
import hayloft.cli.ShownText;
import hayloft.cli.config.Allowed;
import hayloft.cli.files.HalfWritten;
import hayloft.cli.progress.Progress;
import hayloft.common.directory.DirectoryReport;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft volume export`.
@Command(name = "export", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Writes the objects of a stopped store to a tar archive, under bucket/key: for the day on which no server can "
            + "be started. Name all "
            + "data directories of the store, or one volume file for the objects that were committed to it. Catalog "
            + "and store key are not needed.",
        "Blobs of programs that keep file ids themselves are written under blobs/FILEID. Nothing in the directories is "
            + "changed.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:written, every object whole",
        "1:written, but some objects are damaged (named on standard error and in hayloft-damaged.txt in the archive); "
            + "or not written",
        "2:wrong usage"},
    footer = {"", "Examples:", "  hayloft volume export /srv/hayloft --to objects.tar",
        "  hayloft volume export /mnt/nvme0 /mnt/nvme1 --versions --to - | zstd > objects.tar.zst"})
final class VolumeExport implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "DIR|FILE", description = "All data directories of a store, or one volume "
      + "file.")
  private List<Path> paths = new ArrayList<>();

  @Option(names = "--to", required = true, paramLabel = "TAR", description = "The archive, which must not exist yet; - "
      + "for standard output.")
  private String to = "";

  @Option(names = "--versions", description = "Older versions too, as bucket/key?versionId=ID.")
  private boolean versions;

  @Option(names = "--metadata", description = "Content type, user metadata, tags and ETag as extended headers "
      + "(HAYLOFT.…); 1 KiB more for each object.")
  private boolean metadata;

  @Option(names = "--scratch", paramLabel = "DIR", converter = Allowed.DirectoryThere.class, description = "Where the "
      + "catalog is rebuilt meanwhile, some 200 bytes for each object (default: the system's temporary directory).")
  private Path scratch = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin
  private AnswerForm form = new AnswerForm();

  @Override
  public Integer call() throws IOException {
    if (form.isJson() && to.equals("-")) {
      throw new ParameterException(spec.commandLine(), "--json and --to - contradict each other: standard output is"
          + " either the archive or the answer");
    }
    VolumePaths named = named();
    requireStopped(named);
    Set<Path> folders = new LinkedHashSet<>();
    OptionalInt only = OptionalInt.empty();
    for (Path path : paths) {
      Path absolute = path.toAbsolutePath().normalize();
      if (Files.isDirectory(absolute)) {
        folders.add(VolumePaths.folder(absolute));
      } else {
        folders.add(VolumePaths.parent(absolute));
        only = OptionalInt.of(VolumePaths.number(absolute));
      }
    }
    PrintWriter err = form.remarks(spec.commandLine().getErr());
    Tally tally = export(List.copyOf(folders), only, err);
    boolean startedMeanwhile = !VolumePaths.of(paths).inUse().isEmpty();
    err.println("export: " + Output.count(tally.objects()) + " objects, " + Output.count(tally.blobs()) + " blobs, "
        + ByteSize.text(tally.bytes()));
    tally.damaged().forEach(what -> err.println("export: DAMAGED " + ShownText.of(what)));
    tally.leftOut().forEach(what -> err.println("export: LEFT OUT " + ShownText.of(what)));
    if (startedMeanwhile) {
      err.println("export: a server was started on " + named.dataDirectories().getFirst().path()
          + " meanwhile; what it changed is not in the archive");
    }
    err.flush();
    if (form.isJson()) {
      ObjectNode document = JsonNodeFactory.instance.objectNode().put("file", to).put("objects", tally.objects())
          .put("blobs", tally.blobs()).put("bytes", tally.bytes()).put("startedMeanwhile", startedMeanwhile);
      tally.damaged().forEach(document.putArray("damaged")::add);
      tally.leftOut().forEach(document.putArray("leftOut")::add);
      form.answer(spec.commandLine().getOut(), document, _ -> {});
    }
    return tally.damaged().isEmpty() && tally.leftOut().isEmpty() ? 0 : 1;
  }

  private VolumePaths named() throws IOException {
    try {
      VolumePaths named = VolumePaths.of(paths);
      if (paths.size() > 1 && paths.stream().anyMatch(Files::isRegularFile)) {
        throw new IllegalArgumentException("name directories, or one volume file");
      }
      return named;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static void requireStopped(VolumePaths named) throws IOException {
    for (DirectoryReport directory : named.inUse()) {
      throw new IOException("a server is using " + directory.path()
          + ". Stop it first; of a running one an S3 client makes a better copy");
    }
  }

  private Tally export(List<Path> folders, OptionalInt only, PrintWriter err) throws IOException {
    if (to.equals("-")) {
      try (OutputStream out = new BufferedOutputStream(new FileOutputStream(java.io.FileDescriptor.out), 1 << 18)) {
        return export(folders, only, err, out);
      }
    }
    Path archive = Path.of(to);
    if (Files.exists(archive)) {
      throw new ParameterException(spec.commandLine(), to + " exists already");
    }
    try (HalfWritten written = HalfWritten.ofNew(archive, HalfWritten.Readers.OWNER);
        OutputStream out = new BufferedOutputStream(written.stream(), 1 << 18)) {
      Tally tally = export(folders, only, err, out);
      out.flush();
      written.finish();
      return tally;
    }
  }

  private Tally export(List<Path> folders, OptionalInt only, PrintWriter err, OutputStream out) throws IOException {
    try (Progress rebuilding = Progress.of("rebuild", 0, Progress.Unit.BYTES, err);
        OfflineStore store = OfflineStore.open(folders, scratch, rebuilding)) {
      rebuilding.close();
      try (Progress progress = Progress.of("export", 0, Progress.Unit.BYTES, err);
          var archive = new ObjectArchive(out, metadata, progress::add)) {
        var walk = new StoreWalk(store, only, archive);
        walk.objects(versions);
        walk.losses();
        walk.blobs(folders);
        return archive.finish(store.namelessBuckets());
      }
    }
  }
}
