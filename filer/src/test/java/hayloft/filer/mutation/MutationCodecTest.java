package hayloft.filer.mutation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.Bucket;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectDraft;
import hayloft.filer.Part;
import hayloft.filer.Versioning;
import hayloft.filer.mutation.VolumeStateBody.State;
import hayloft.filer.mutation.VolumeStateBody.VolumeRange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Does a mutation come back as it went, and are its bytes what they were?
final class MutationCodecTest {

  private static final String OWNER = "bucket-owner";
  private static final long BUCKET = 1L << 44 | 7;
  private static final Instant AT = Instant.ofEpochMilli(1_767_225_600_123L);

  private static Map<String, String> ordered(String... pairs) {
    var map = new LinkedHashMap<String, String>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static ObjectDraft plain() {
    return new ObjectDraft(Map.of("content-type", "binary/octet-stream"), Map.of(), Map.of(), OWNER, "STANDARD",
        Optional.empty());
  }

  private static ObjectDraft rich() {
    return new ObjectDraft(ordered("content-language", "de", "content-type", "text/plain"),
        ordered("color", "gr\u00fcn", "empty", ""), ordered("t1", "v1", "t0", ""), "somebody", "GLACIER",
        Optional.of(new ObjectChecksum(ChecksumAlgorithm.SHA256, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=-3",
            true)));
  }

  /// One of each kind; the golden file holds their bytes in this order.
  private static Map<String, Mutation> examples() {
    var piece = new Piece(new FileId(3, 0x1234_5678_9AL, 0xCAFE_BABE), 4 << 20, false);
    var list = new Piece(new FileId(4, 17, -1), 5L << 30, true);
    var part = new Part(2, 700, "0".repeat(31) + "a", AT,
        Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC32, "AQIDBA==", false)));
    var examples = new LinkedHashMap<String, Mutation>();
    examples.put("plain object", new Mutation.PutVersion(BUCKET, "a/key",
        VersionBody.object(true, AT, 1024, "d41d8cd98f00b204e9800998ecf8427e", plain(), List.of())));
    examples.put("rich object in chunks", new Mutation.PutVersion(BUCKET, "\u00e9\0x",
        VersionBody.object(false, AT, 9L << 30, "not an md5", rich(), List.of(piece, list))));
    examples.put("completed upload",
        new Mutation.PutVersion(BUCKET, "big",
            new VersionBody(VersionKind.OBJECT, false, AT, 1400, "f".repeat(32) + "-2", 2, plain(), List.of(piece),
                List.of(part, part), Optional.of(piece), BUCKET + 1)));
    examples.put("shared object", new Mutation.PutVersion(BUCKET, "k",
        VersionBody.object(true, AT, 0, "d41d8cd98f00b204e9800998ecf8427e", plain().withAcl("READ AllUsers"),
            List.of())));
    examples.put("delete marker",
        new Mutation.PutVersion(BUCKET, "k", VersionBody.absence(VersionKind.DELETE_MARKER, false, AT)));
    examples.put("tombstone",
        new Mutation.PutVersion(BUCKET, "k", VersionBody.absence(VersionKind.TOMBSTONE, true, AT)));
    examples.put("tags", new Mutation.SetTags(BUCKET, "k", BUCKET + 5, AT, ordered("b", "1", "a", "2")));
    examples.put("acl", new Mutation.SetAcl(BUCKET, "k", BUCKET + 5, AT, "READ AllUsers"));
    examples.put("erased", new Mutation.EraseVersion(BUCKET, "k", BUCKET + 5, AT));
    examples.put("upload", new Mutation.CreateUpload(BUCKET, "k", BUCKET + 6,
        new UploadBody(AT, rich().withChecksum(Optional.empty()), Optional.of(ChecksumAlgorithm.CRC64NVME), true)));
    examples.put("part", new Mutation.PutPart(BUCKET, "k", BUCKET + 6, 10_000,
        new PartBody(AT, 700, part.etag(), part.checksum(), Optional.empty(), List.of(piece))));
    examples.put("abort", new Mutation.AbortUpload(BUCKET, "k", BUCKET + 6, AT));
    examples.put("bucket", new Mutation.PutBucket(
        new Bucket(BUCKET, "name", OWNER, "us-east-1", AT, Versioning.SUSPENDED, true, Map.of("cors", "<c/>")), AT));
    examples.put("bucket with durability", new Mutation.PutBucket(new Bucket(BUCKET, "name", OWNER, "", AT,
        Versioning.ENABLED, false, Map.of(), Optional.of(Durability.OS)), AT));
    examples.put("bucket deleted", new Mutation.DeleteBucket(BUCKET, "name", AT));
    examples.put("user", new Mutation.PutUser("u", new UserBody(AT, false, "U", "AK", "AQIDBA==", true)));
    examples.put("user with several keys", new Mutation.PutUser("u", new UserBody(AT, false, "U", "AK", "AQIDBA==",
        false, List.of(new UserBody.SealedKey("AK2", "BQYHCA=="), new UserBody.SealedKey("AK3", "CQ==")))));
    examples.put("user deleted", new Mutation.DeleteUser("u", AT));
    examples.put("chunk", new Mutation.Chunk(BUCKET, "k", AT));
    return examples;
  }

  /// What level 2 brought.
  private static Map<String, Mutation> examplesOfLevelTwo() {
    var examples = new LinkedHashMap<>(examples());
    examples.put("object that needs more",
        new Mutation.PutVersion(BUCKET, "k", new VersionBody(VersionKind.OBJECT, false,
            AT, 10, "d41d8cd98f00b204e9800998ecf8427e", 0, plain(), List.of(), List.of(), Optional.empty(), 0,
            1L << 40)));
    examples.put("disabled user", new Mutation.PutUser("u", new UserBody(AT, false, "U", "AK", "AgIDBA==", true,
        List.of(), true)));
    examples.put("dead marks", new Mutation.MarkDead(7, AT, List.of(1L, 2L, 300L, 1L << 60)));
    examples.put("volume sealed",
        new Mutation.SetVolumeState(7, VolumeStateBody.of(AT, State.SEALED, 3, 30L << 30, 0x8123_4567_89AB_CDEFL)));
    examples.put("volumes retired", new Mutation.SetVolumeState(0,
        VolumeStateBody.allRetired(AT, List.of(new VolumeRange(1, 5), new VolumeRange(9, 1)))));
    return examples;
  }

  @Test
  void everyKindComesBackAsItWent() throws IOException {
    for (Mutation mutation : examplesOfLevelTwo().values()) {
      assertEquals(mutation, MutationCodec.decode(MutationCodec.encode(mutation, true, OWNER), OWNER));
    }
  }

  /// The golden file was written by level 1 and is read forever.
  @Test
  void theBytesOfLevelOneAreReadForever() throws IOException {
    Map<String, String> golden = golden("/mutations-v1.txt");
    assertEquals(examples().keySet(), golden.keySet());
    for (Map.Entry<String, Mutation> example : examples().entrySet()) {
      byte[] bytes = HexFormat.of().parseHex(golden.getOrDefault(example.getKey(), ""));
      Mutation expected = example.getValue() instanceof Mutation.DeleteBucket deleted
          ? new Mutation.DeleteBucket(deleted.bucketId(), "", deleted.at()) // it named ids only
          : example.getValue();
      assertEquals(expected, MutationCodec.decode(bytes, OWNER));
    }
  }

  /// If this fails, a new level of formats is due.
  @Test
  void theBytesOfLevelTwoStay() throws IOException {
    Map<String, String> golden = golden("/mutations-v2.txt");
    var written = new LinkedHashMap<String, String>();
    examplesOfLevelTwo().forEach(
        (name, mutation) -> written.put(name, HexFormat.of().formatHex(MutationCodec.encode(mutation, true, OWNER))));
    assertEquals(golden, written);
    for (Map.Entry<String, Mutation> example : examplesOfLevelTwo().entrySet()) {
      byte[] bytes = HexFormat.of().parseHex(golden.getOrDefault(example.getKey(), ""));
      assertEquals(example.getValue(), MutationCodec.decode(bytes, OWNER));
    }
  }

  /// The example of docs/formats-catalog.md.
  @Test
  void theSubjectOfAnObjectIsItsBucketAndKey() throws IOException {
    byte[] meta = MutationCodec.encode(Objects.requireNonNull(examples().get("plain object")), true, OWNER);
    assertEquals(new Subject(4, 15), MutationCodec.subject(meta));
    assertEquals(Subjects.ofObject(BUCKET, "a/key"), Subjects.of(meta));
  }

  @Test
  void whatIsAboutOneThingHasOneSubject() {
    var hashes = new LinkedHashMap<String, Long>();
    examplesOfLevelTwo()
        .forEach((name, mutation) -> hashes.put(name, Subjects.of(MutationCodec.encode(mutation, true, OWNER))));
    for (String name : List.of("shared object", "delete marker", "tombstone", "tags", "acl", "erased")) {
      assertEquals(Subjects.ofObject(BUCKET, "k"), hashes.get(name), name);
    }
    for (String name : List.of("upload", "part", "abort")) {
      assertEquals(Subjects.ofUpload(BUCKET + 6), hashes.get(name), name);
    }
    for (String name : List.of("bucket", "bucket with durability", "bucket deleted")) {
      assertEquals(Subjects.ofBucket("name"), hashes.get(name), name);
    }
    for (String name : List.of("user", "user with several keys", "user deleted")) {
      assertEquals(Subjects.ofUser("u"), hashes.get(name), name);
    }
    assertEquals(Subjects.ofVolume(7), hashes.get("dead marks"));
    assertEquals(Subjects.ofVolume(7), hashes.get("volume sealed"));
    assertEquals(SubjectHash.NONE, hashes.get("chunk"));
  }

  @Test
  void whatLevelOneWroteTellsNoSubjectThatCouldBeTakenForAnother() throws IOException {
    for (String name : List.of("upload", "part", "abort", "bucket", "bucket deleted")) {
      byte[] meta = HexFormat.of().parseHex(golden("/mutations-v1.txt").getOrDefault(name, ""));
      assertEquals(Subject.NONE, MutationCodec.subject(meta), name);
    }
  }

  @Test
  void aLongKeyIsCutTheSameWayEverywhere() {
    String key = "k".repeat(9_000);
    byte[] meta = MutationCodec.encode(new Mutation.EraseVersion(BUCKET, key, 1, AT), true, OWNER);
    assertEquals(Subject.MAX_LENGTH_BYTES, MutationCodec.subject(meta).lengthBytes());
    assertEquals(Subjects.ofObject(BUCKET, key), Subjects.of(meta));
  }

  @Test
  void ofWhatNeedsMoreThanIsKnownNoPieceIsRead() throws IOException {
    var body = new FieldWriter(16);
    body.number(BodyTags.AT, AT.toEpochMilli());
    body.bytes(BodyTags.PIECES, new byte[]{1}); // of another version
    body.number(BodyTags.NEEDS, 8);
    VersionBody read = VersionBody.read(new FieldReader(body.toBytes()), OWNER);
    assertFalse(Needs.areMet(read.needs()));
    assertEquals(List.of(), read.pieces());
  }

  private static Map<String, String> golden(String file) throws IOException {
    var lines = new LinkedHashMap<String, String>();
    try (InputStream in = MutationCodecTest.class.getResourceAsStream(file)) {
      if (in == null) {
        return lines;
      }
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        int equals = line.indexOf('=');
        lines.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return lines;
  }

  @Test
  void aUsualObjectTakesFewBytes() {
    Mutation plain = examples().get("plain object");
    byte[] meta = MutationCodec.encode(plain == null ? new Mutation.DeleteUser("", AT) : plain, false, OWNER);
    assertTrue(meta.length < 64, "meta of " + meta.length + " bytes");
  }

  @Test
  void unknownFieldsAreSkipped() throws IOException {
    var body = new FieldWriter(16);
    body.number(99, 1);
    body.number(BodyTags.AT, AT.toEpochMilli());
    body.text(100, "from the future");
    body.number(BodyTags.SIZE, 5);
    assertEquals(5, VersionBody.read(new FieldReader(body.toBytes()), OWNER).sizeBytes());
  }

  @Test
  void foreignVersionsKindsAndTruncationsAreRefused() {
    byte[] meta = MutationCodec.encode(new Mutation.DeleteUser("user", AT), false, "");
    for (int length = 0; length < 4 + 6; length++) { // head and envelope; the needle guards the whole by a checksum
      byte[] cut = Arrays.copyOf(meta, length);
      assertThrows(MalformedMutationException.class, () -> MutationCodec.decode(cut, ""));
    }
    byte[] newer = meta.clone();
    newer[0] = 2;
    assertThrows(MalformedMutationException.class, () -> MutationCodec.decode(newer, ""));
    byte[] unknown = meta.clone();
    unknown[1] = 77;
    assertThrows(MalformedMutationException.class, () -> MutationCodec.decode(unknown, ""));
  }

  @Test
  void whatIsAcknowledgedBeforeASyncSaysSoAndIsReadAsEver() throws IOException {
    var mutation = new Mutation.DeleteUser("user", AT);
    byte[] meta = MutationCodec.encode(mutation, true, "");
    assertFalse(MutationCodec.isUnsynced(meta));
    MutationCodec.markUnsynced(meta);
    assertTrue(MutationCodec.isUnsynced(meta));
    assertTrue(Envelope.read(meta).kills());
    assertEquals(mutation, MutationCodec.decode(meta, ""));
  }

  @Test
  void checksumsThatAreNoBase64KeepTheirText() throws IOException {
    for (String text : List.of("", "x", "AAAA-0", "AAAA-01", "AAAA--1", "AAAA-2147483648", "AQ", "\u00fc")) {
      var out = new FieldWriter(16);
      var sum = new ObjectChecksum(ChecksumAlgorithm.SHA1, text, false);
      Checksums.write(out, sum);
      var in = new FieldReader(out.toBytes());
      in.next();
      assertEquals(Optional.of(sum), Checksums.read(in), text);
    }
  }

  /// A program of this level that knows five algorithms must get past all others: what it reads at 13, 18 and 19 it
  /// takes for damage if it does not know it.
  @ParameterizedTest
  @EnumSource(ChecksumAlgorithm.class)
  void onlyTheFirstFiveAlgorithmsStandInTheirFields(ChecksumAlgorithm algorithm) throws IOException {
    Set<Integer> strict = Set.of(BodyTags.CHECKSUM, BodyTags.CHECKSUM_TEXT, BodyTags.CHECKSUM_ALGORITHM);
    boolean first = List.of("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256").contains(algorithm.name());
    for (String text : List.of("AQIDBA==", "AQIDBA==-3", "no base64")) {
      var sum = new ObjectChecksum(algorithm, text, text.endsWith("-3"));
      var upload = new Mutation.CreateUpload(BUCKET, "k", BUCKET + 6,
          new UploadBody(AT, plain().withChecksum(Optional.of(sum)), Optional.of(algorithm), true));
      var part = new Mutation.PutPart(BUCKET, "k", BUCKET + 6, 3, new PartBody(AT, 7, "f".repeat(32), Optional.of(sum),
          Optional.of(new ObjectChecksum(algorithm, "AQI=", false)), List.of()));
      var version = new Mutation.PutVersion(BUCKET, "k",
          new VersionBody(VersionKind.OBJECT, false, AT, 7, "f".repeat(32) + "-1", 1,
              plain().withChecksum(Optional.of(sum)), List.of(),
              List.of(new Part(1, 7, "f".repeat(32), AT, Optional.of(sum))), Optional.empty(), BUCKET + 6));
      for (Mutation mutation : List.of(upload, part, version)) {
        assertEquals(mutation, MutationCodec.decode(MutationCodec.encode(mutation, true, OWNER), OWNER));
      }
      var body = new FieldWriter(64);
      upload.body().write(body, OWNER);
      part.body().write(body);
      var in = new FieldReader(body.toBytes());
      while (in.next()) {
        assertTrue(first || !strict.contains(in.tag()), algorithm + " at " + in.tag());
      }
    }
  }

  @Test
  void algorithmsThatComeLaterAreSkippedAndOthersAreDamage() throws IOException {
    var unknown = new FieldWriter(4);
    unknown.oneByte(77);
    unknown.raw(new byte[]{9, 9, 9});
    for (int tag : List.of(BodyTags.FURTHER_CHECKSUM, BodyTags.FURTHER_CHECKSUM_TEXT, BodyTags.DEFAULT_SUM)) {
      var body = new FieldWriter(16);
      body.nested(tag, unknown);
      body.number(BodyTags.SIZE, 5);
      PartBody read = PartBody.read(new FieldReader(body.toBytes()));
      assertEquals("5 Optional.empty Optional.empty",
          read.sizeBytes() + " " + read.checksum() + " " + read.defaultSum());
    }
    var upload = new FieldWriter(16);
    upload.number(BodyTags.FURTHER_CHECKSUM_ALGORITHM, 77);
    assertEquals(Optional.empty(), UploadBody.read(new FieldReader(upload.toBytes()), OWNER).checksum());
    for (int tag : List.of(BodyTags.CHECKSUM, BodyTags.CHECKSUM_TEXT)) {
      var body = new FieldWriter(16);
      body.nested(tag, unknown);
      assertThrows(MalformedMutationException.class, () -> PartBody.read(new FieldReader(body.toBytes())));
    }
  }
}
