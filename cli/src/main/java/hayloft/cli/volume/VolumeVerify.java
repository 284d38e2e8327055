package hayloft.cli.volume;

import hayloft.cli.ByteSize;
import hayloft.cli.ProgramVersion;
import hayloft.cli.config.Allowed;
import hayloft.cli.progress.Progress;
import hayloft.common.directory.DirectoryReport;
import hayloft.volume.inspect.VolumeFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft volume verify`.
@Command(name = "verify", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Reads every byte of volume files and compares every checksum. Damaged needles are named by offset, key and, "
            + "where a needle "
            + "still tells, by bucket/object. Nothing is written. While a server uses the directory the files are read "
            + "as they are then:",
        "what is being written just now counts as torn, not as damaged.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:whole", "1:something is damaged or missing",
        "2:wrong usage"},
    footer = {"", "Examples:", "  hayloft volume verify /srv/hayloft",
        "  hayloft volume verify /mnt/nvme0 /mnt/nvme1 --json",
        "  hayloft volume verify /srv/hayloft/volumes/7.dat"})
final class VolumeVerify implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "DIR|FILE", description = "Data directories, folders of volume files, or "
      + "single files.")
  private List<Path> paths = new ArrayList<>();

  @Option(names = "--threads", paramLabel = "N", defaultValue = "2", converter = Allowed.Count.class,
      description = "Files that are read at a time (default: ${DEFAULT-VALUE}).")
  private int threads = 2;

  @Option(names = "--json", description = "One JSON object instead of text.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    VolumePaths volumes;
    try {
      volumes = VolumePaths.of(paths);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter err = spec.commandLine().getErr();
    for (DirectoryReport directory : volumes.inUse()) {
      err.println("verify: a server is using " + directory.path()
          + ": its files are read as they are now, and what is under way is no damage");
    }
    long bytes = 0;
    for (Path file : volumes.files()) {
      bytes += VolumeFile.sizeBytes(file);
    }
    long start = System.nanoTime();
    var names = new BucketNames();
    List<Verdict> verdicts;
    try (Progress progress = Progress.of("verify", bytes, Progress.Unit.BYTES, err)) {
      verdicts = verifyAll(volumes.files(), names, progress);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    var report = new VerifyReport(verdicts, volumes.missing(), names, bytes, seconds);
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? report.toJson().toPrettyString() + "\n" : report.toText());
    if (!json) {
      out.println(String.format(Locale.ROOT, "%s in %.1f s, %s/s", ByteSize.text(bytes), seconds,
          ByteSize.text((long) (bytes / Math.max(seconds, 1e-9)))));
    }
    out.flush();
    return report.isWhole() ? 0 : 1;
  }

  private List<Verdict> verifyAll(List<Path> files, BucketNames names, Progress progress)
      throws IOException, InterruptedException {
    try (ExecutorService workers = Executors.newFixedThreadPool(threads,
        Thread.ofPlatform().daemon().name("verify-", 0).factory())) {
      List<Future<Verdict>> running = new ArrayList<>();
      for (Path file : files) {
        running.add(workers.submit(() -> Verdict.of(file, names, progress::add)));
      }
      List<Verdict> verdicts = new ArrayList<>();
      for (Future<Verdict> verdict : running) {
        verdicts.add(verdict.get());
      }
      return verdicts;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException fault
          ? fault
          : new IOException("a file could not be read", e.getCause());
    }
  }
}
