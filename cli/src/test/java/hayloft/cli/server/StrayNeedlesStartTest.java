package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import hayloft.common.CommitSequence;
import hayloft.common.health.Readiness;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.volume.inspect.Damage;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// Needles that somebody writes into a volume's file, their sums right and the rest as it comes: volumes, master and
/// catalog start all the same, however much of what they keep beside the volumes is lost, and `volume verify` names
/// them.
final class StrayNeedlesStartTest {

  private static final int NEEDLES = 40;

  @TempDir
  private Path temp = Path.of("");

  private final StringWriter printed = new StringWriter();

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  static LongStream seeds() {
    Long given = Long.getLong("hayloft.seed");
    return given == null
        ? new Random().longs(Integer.getInteger("hayloft.seeds", 2))
        : LongStream.of(given);
  }

  private static void serve(Path data) throws IOException {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs("--dir", data.toString(), "--bind",
        "127.0.0.1", "--s3-port", "0", "--master-port", "0", "--volume-port", "0", "--filer-port", "0", "--min-free",
        "0");
    try (var server = new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(),
        Map.of("HAYLOFT_ROOT_USER", "stray", "HAYLOFT_ROOT_PASSWORD", "a-secret-of-strays"), new Readiness())) {
      server.start();
    }
  }

  private int hayloft(String... arguments) {
    printed.getBuffer().setLength(0);
    return Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(printed, true))
        .setErr(new PrintWriter(printed, true)).execute(arguments);
  }

  private static Path volume(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("volumes"))) {
      return files.filter(file -> file.toString().endsWith(".dat")).min(Comparator.naturalOrder()).orElseThrow();
    }
  }

  /// What a record's bytes say, whatever it is.
  private record Stray(int volume, long key, long sequence, int flags, byte[] meta) {

    byte[] record(long salt) {
      return record(salt, meta.length, 0);
    }

    byte[] record(long salt, int metaBytes, int dataBytes) {
      ByteBuffer bytes = ByteBuffer.allocate(NeedleHead.recordBytes(meta.length, 0)).order(ByteOrder.LITTLE_ENDIAN);
      var bodyCrc = new CRC32C();
      bodyCrc.update(meta);
      bytes.putInt(0x3159_4148).putInt(volume).putLong(key).putLong(sequence).putInt(77).putInt(flags)
          .putInt(metaBytes).putInt(dataBytes).putInt((int) bodyCrc.getValue());
      var headCrc = new CRC32C();
      headCrc.update(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(salt).flip());
      headCrc.update(bytes.duplicate().flip());
      return bytes.putInt((int) headCrc.getValue()).put(meta).array();
    }
  }

  private static void append(Path file, byte[] record) throws IOException {
    Files.write(file, record, StandardOpenOption.APPEND);
  }

  private static long salt(Path file) throws IOException {
    try (VolumeFile open = VolumeFile.open(file)) {
      return open.superblock().salt();
    }
  }

  /// Metas that are good, but for users': a user whose secret nobody can open, and no other, tells a wrong key.
  private static List<byte[]> metas(Path file) throws IOException {
    List<byte[]> metas = new ArrayList<>();
    try (VolumeFile open = VolumeFile.open(file)) {
      open.look(NeedleScanner.Depth.METAS, new VolumeFile.Visitor() {
        @Override
        public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
          byte[] bytes = new byte[meta.remaining()];
          meta.get(bytes);
          if (Envelope.read(bytes).userId().isEmpty()) {
            metas.add(bytes);
          }
        }

        @Override
        public void damage(Damage damage) {}
      });
    }
    metas.add(MutationCodec.encode(new Mutation.MarkDead(1, Instant.EPOCH, List.of(900L, 901L)), false, ""));
    metas.add(MutationCodec.encode(new Mutation.Chunk(5, "k", Instant.EPOCH), false, ""));
    metas.add(MutationCodec.encode(new Mutation.DeleteBucket(5, "b", Instant.EPOCH), true, ""));
    metas.add(MutationCodec.encode(new Mutation.AbortUpload(5, "k", 6, Instant.EPOCH), true, ""));
    return metas;
  }

  private static Stray any(Random random, List<byte[]> metas) {
    byte[] meta = switch (random.nextInt(3)) {
      case 0 -> new byte[random.nextInt(100)];
      default -> metas.get(random.nextInt(metas.size())).clone();
    };
    for (int flips = random.nextInt(4); flips > 0 && meta.length > 0; flips--) {
      meta[random.nextInt(meta.length)] = (byte) random.nextInt();
    }
    int kind = random.nextInt(1, NeedleKind.VOID.code() + 1);
    int subject = random.nextInt(3) > 0 ? 0 : random.nextInt(1 << 18) << 12;
    long key = switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextLong();
      default -> 1000 + random.nextInt(50);
    };
    long sequence = switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextLong() | Long.MIN_VALUE;
      default -> CommitSequence.of(random.nextLong(3), random.nextLong(CommitSequence.MAX_COUNTER));
    };
    return new Stray(1, key, sequence, kind | (random.nextBoolean() ? 0x100 : 0) | subject, meta);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void noneKeepsAServerFromStarting(long seed) throws IOException {
    System.out.println("StrayNeedlesStartTest seed " + seed);
    var random = new Random(seed);
    Path data = temp.resolve("s" + seed);
    serve(data);
    Path file = volume(data);
    long salt = salt(file);
    int id = Integer.parseInt(file.getFileName().toString().replace(".dat", ""));
    List<byte[]> metas = metas(file);
    for (int i = 0; i < NEEDLES; i++) {
      Stray stray = any(random, metas);
      append(file, new Stray(id, stray.key, stray.sequence, stray.flags, stray.meta).record(salt));
    }
    if (random.nextBoolean()) { // lengths that nothing has
      Stray last = any(random, metas);
      append(file, new Stray(id, last.key, last.sequence, last.flags, last.meta).record(salt, random.nextInt(),
          random.nextInt()));
    }
    hayloft("volume", "verify", data.toString());
    hayloft("volume", "inspect", "--list", file.toString());
    serve(data);
    hayloft("volume", "verify", data.toString());
    serve(data);
    deleteAll(data.resolve("catalog"), "");
    serve(data);
    deleteAll(data.resolve("catalog"), "");
    for (String cache : List.of(".idx", ".map", ".dead")) {
      deleteAll(data.resolve("volumes"), cache);
    }
    deleteAll(data.resolve("master"), "");
    serve(data);
    int exported = hayloft("volume", "export", data.toString(), "--to", temp.resolve("s" + seed + ".tar").toString(),
        "--scratch", temp.toString());
    assertTrue(exported == 0 || exported == 1 && !printed.toString().contains("xception"), printed.toString());
  }

  @Test
  void verifyNamesEachByItsPlace() throws IOException {
    Path data = temp.resolve("data");
    serve(data);
    assertEquals(0, hayloft("volume", "verify", data.toString()), printed.toString());
    Path file = volume(data);
    long salt = salt(file);
    int id = Integer.parseInt(file.getFileName().toString().replace(".dat", ""));
    byte[] good = MutationCodec.encode(new Mutation.DeleteUser("nobody", Instant.EPOCH), false, "");
    int commit = NeedleKind.COMMIT.code();
    List<Stray> strays = List.of(new Stray(id, 0, 5, commit, good), new Stray(id, -1, 5, commit, good),
        new Stray(id, 5000, -1, commit, good), new Stray(id, 5001, 5, commit, new byte[0]),
        new Stray(id, 5002, 5, NeedleKind.CHUNK.code(), new byte[]{9, 9}),
        new Stray(id, 5003, 5, NeedleKind.BOOK.code(), good));
    List<Long> places = new ArrayList<>();
    for (Stray stray : strays) {
      places.add(Files.size(file));
      append(file, stray.record(salt));
    }
    for (int start = 0; start < 3; start++) {
      assertEquals(1, hayloft("volume", "verify", data.toString()), printed.toString());
      String said = printed.toString();
      for (long place : places) {
        assertTrue(said.contains(file + " at " + place + ": "), place + " is not in " + said);
      }
      assertTrue(said.contains(strays.size() + " stray"), said);
      serve(data);
    }
  }

  private static void deleteAll(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(suffix)).toList()) {
        Files.delete(file);
      }
    }
  }
}
