package hayloft.cli.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.cli.AnswerForm;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ProgramVersion;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.ConfigTable;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.files.HalfWritten;
import hayloft.cli.progress.Progress;
import hayloft.cli.server.ServerOptions;
import hayloft.volume.inspect.VolumeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft doctor bundle`.
@Command(name = "bundle", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Packs what somebody who helps needs to know into an archive: the doctor's findings, version, configuration, "
            + "the heads of all volumes "
            + "and the ends of log files. No object, no object's name out of the volumes, no key, no secret: "
            + "configuration "
            + "is masked, and every "
            + "known secret is taken out of the logs. Names of buckets and objects that a log tells stay in it: read "
            + "it before you send it.",
        ""})
final class DoctorBundle implements Callable<Integer>, Configurable {

  private static final int LOG_TAIL_BYTES = 1 << 20;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--to", required = true, paramLabel = "FILE", description = "The archive, a .tar.gz that must not "
      + "exist yet.")
  private Path to = Path.of("");

  @Option(names = "--logs", paramLabel = "FILE", converter = Allowed.ReadableFile.class, description = "A log whose "
      + "last MiB goes in. May be repeated.")
  private List<Path> logs = new ArrayList<>();

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ServerOptions options = new ServerOptions();

  @Mixin
  private AnswerForm form = new AnswerForm();

  private @Nullable Configuration configuration;

  @Override
  public void configured(Configuration told) {
    configuration = told;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Configuration told = Objects.requireNonNull(configuration);
    options.requireFit(spec.commandLine(), told.environment());
    if (Files.exists(to)) {
      throw new ParameterException(spec.commandLine(), to + " exists already");
    }
    Map<String, String> files;
    try (HalfWritten written = HalfWritten.ofNew(to, HalfWritten.Readers.OWNER)) { // before the work, if it cannot be
      var redaction = redaction(told);
      files = files(told);
      pack(files, redaction, written.stream());
      written.finish();
    }
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("file", to.toString());
    files.keySet().forEach(document.putArray("contents")::add);
    form.answer(spec.commandLine().getOut(), document,
        out -> out.println(to + ": " + String.join(", ", files.keySet())));
    return 0;
  }

  private static void pack(Map<String, String> files, Redaction redaction, OutputStream archive) throws IOException {
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(archive), UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (var file : files.entrySet()) {
        byte[] bytes = redaction.of(file.getValue()).getBytes(UTF_8);
        var entry = new TarArchiveEntry("hayloft-doctor/" + file.getKey());
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
      }
    }
  }

  private Redaction redaction(Configuration told) throws IOException {
    var redaction = new Redaction();
    redaction.hideVariables(told.environment());
    told.settings().stream().filter(Configuration.Setting::secret)
        .forEach(setting -> setting.values().forEach(redaction::hide));
    for (Path directory : options.directories()) {
      redaction.hideFiles(directory);
    }
    if (!options.directories().isEmpty() && options.config(told.environment()).users().isPresent()) {
      redaction.hideJson(options.config(told.environment()).users().get());
    }
    return redaction;
  }

  private Map<String, String> files(Configuration told) throws IOException, InterruptedException {
    Map<String, String> files = new LinkedHashMap<>();
    Diagnosis diagnosis = Diagnosis.of(options, told.environment(), false);
    files.put("version.txt", "hayloft " + ProgramVersion.numberAndCommit() + ", Java " + Runtime.version() + "\n"
        + Instant.now() + "\n");
    files.put("doctor.txt", diagnosis.toText());
    files.put("doctor.json", diagnosis.toJson().toPrettyString() + "\n");
    var table = new StringWriter();
    new ConfigTable(told).printJson(new PrintWriter(table, true));
    files.put("configuration.json", table.toString());
    try (Progress volumes = Progress.of("volumes", 0, Progress.Unit.THINGS,
        form.remarks(spec.commandLine().getErr()))) {
      for (Path directory : options.directories()) {
        addVolumes(directory.resolve("volumes"), files, volumes);
      }
    }
    for (Path log : logs) {
      files.put("logs/" + log.getFileName(), tail(log));
    }
    return files;
  }

  private static void addVolumes(Path folder, Map<String, String> files, Progress progress) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    for (Path path : VolumeFile.in(folder)) {
      files.put("volumes/" + path.getFileName() + ".json", head(path).toPrettyString() + "\n");
      progress.add(1);
    }
  }

  /// Superblock and descriptor without the salt, which would let anybody make needles.
  private static ObjectNode head(Path path) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("file", path.toString());
    try (VolumeFile file = VolumeFile.open(path)) {
      json.put("bytes", file.fileBytes()).put("volume", file.superblock().volume())
          .put("superblockVersion", file.superblock().version())
          .put("generation", file.superblock().generation()).put("storeId", file.superblock().storeId().toString())
          .put("created", Instant.ofEpochMilli(file.superblock().createdMillis()).toString())
          .put("closedCleanly", file.closedCleanly()).put("deadMarks", file.dead().size())
          .put("deadLogDamagedBytes", file.dead().damagedBytes())
          .put("deadLogVersion", file.dead().facts().version());
      file.superblockFault().ifPresent(fault -> json.put("superblockFault", fault));
      file.descriptor().ifPresent(descriptor -> json.put("state", descriptor.state().name())
          .put("limitBytes", descriptor.spec().limitBytes()).put("cutBytes", descriptor.cutBytes())
          .put("legacyMarks", descriptor.legacyMarks()).put("nextGeneration", descriptor.generation()));
    } catch (IOException e) {
      json.put("fault", e.getMessage());
    }
    return json;
  }

  private static String tail(Path log) throws IOException {
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - LOG_TAIL_BYTES);
      byte[] bytes = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      String text = new String(bytes, UTF_8);
      return from == 0 ? text : text.substring(text.indexOf('\n') + 1); // a line cut in two could hide half a secret
    }
  }
}
