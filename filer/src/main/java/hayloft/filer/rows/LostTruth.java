package hayloft.filer.rows;

import hayloft.common.CommitSequence;
import hayloft.common.FileId;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.SubjectHash;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.mutation.FieldReader;
import hayloft.filer.mutation.FieldWriter;
import hayloft.filer.mutation.MalformedMutationException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/// A row of table X: a needle that cannot be read, and so a truth that is lost until somebody says something newer.
/// Immutable.
///
///     X hash of the subject(8) ~sequence(8) volume(4) needle key(8)  ->  fields: 1 what, 2 offset, 3 length, 4 kind
///
/// If not even the index log knows what lay there, hash, sequence and needle key are 0, and the offset follows behind
/// the needle key. What only rows knew, which were thrown away since, has no length, and what it was called in place of
/// what is wrong ([#ofRow]).
///
/// @param subjectHash [SubjectHash#NONE] if it is not known whose truth it is
/// @param sequence 0 if it is not known
/// @param needleKey 0 if it is not known
/// @param kind empty if it is not known
/// @param what is wrong, in words; of [#ofRow] its name
public record LostTruth(long subjectHash, long sequence, int volume, long needleKey, long offsetBytes, long lengthBytes,
    Optional<NeedleKind> kind, String what) {

  private static final int KEY_BYTES = 1 + 8 + 8 + 4 + 8;
  private static final int WHAT = 1;
  private static final int OFFSET = 2;
  private static final int LENGTH = 3;
  private static final int KIND = 4;

  public static LostTruth of(DamagedNeedle needle) {
    return new LostTruth(needle.subjectHash(), needle.sequence(), needle.at().volume(), needle.key(),
        needle.at().offsetBytes(), needle.lengthBytes(), needle.kind(), needle.what());
  }

  /// Nobody knows whose truth it is: anything in the catalog may be older than it should be.
  public boolean isNameless() {
    return subjectHash == SubjectHash.NONE && !isBook() && kind.filter(NeedleKind.CHUNK::equals).isEmpty();
  }

  /// What is lost are bytes of an object: whoever reads it hears of it, and no other answer rests on it.
  public boolean isChunk() {
    return kind.filter(NeedleKind.CHUNK::equals).isPresent();
  }

  /// What is lost is a dead mark or the state of a volume: no object's truth.
  public boolean isBook() {
    return kind.filter(NeedleKind.BOOK::equals).isPresent();
  }

  /// The files of a whole volume are not there: whatever lay in it is lost.
  public static LostTruth ofVolume(int volume) {
    return new LostTruth(SubjectHash.NONE, 0, volume, 0, 0, 0, Optional.empty(),
        "the files of volume " + volume + " are not there");
  }

  /// A volume's file was cut: what is known of what lay behind is told by itself, but there may have been more, commits
  /// that no index had yet among it.
  ///
  /// @param endBytes where the file ends
  /// @param highestEpoch of anything that there may have been
  public static LostTruth ofTail(int volume, long endBytes, long highestEpoch) {
    return new LostTruth(SubjectHash.NONE, CommitSequence.of(highestEpoch, CommitSequence.MAX_COUNTER), volume, 0,
        endBytes, 0, Optional.empty(), "the volume's file ends there, and once was longer");
  }

  /// A needle behind the end of a volume's file that was cut, of which a row told that is thrown away: it is the last
  /// that knows its name.
  ///
  /// @param endBytes of the volume's file: it lay there or behind
  /// @param name for people: `object barn/hay`
  public static LostTruth ofRow(long subjectHash, long sequence, FileId needle, long endBytes, String name) {
    return new LostTruth(subjectHash, sequence, needle.volume(), needle.key(), endBytes, 0,
        Optional.of(NeedleKind.COMMIT), name);
  }

  /// See [#ofRow]; what is damaged has a length.
  public boolean isOfRow() {
    return needleKey != 0 && lengthBytes == 0;
  }

  /// What a scan tells of it, under the name that a row knew.
  public LostTruth called(String name) {
    return new LostTruth(subjectHash, sequence, volume, needleKey, offsetBytes, 0, kind, name);
  }

  /// What is wrong, in words.
  public String found() {
    return isOfRow() ? "the volume's file ended before it" : what;
  }

  /// See [#ofTail]; what is damaged has a length.
  public boolean isTail() {
    return needleKey == 0 && offsetBytes > 0 && lengthBytes == 0;
  }

  /// See [#ofVolume]; no needle lies at offset 0.
  public boolean isWholeVolume() {
    return needleKey == 0 && offsetBytes == 0;
  }

  /// All rows of a subject begin with it.
  public static byte[] ofSubject(long subjectHash) {
    return ByteBuffer.allocate(1 + 8).put(RowKeys.LOST_TRUTHS).putLong(subjectHash).array();
  }

  public byte[] key() {
    boolean nameless = needleKey == 0;
    var key = ByteBuffer.allocate(KEY_BYTES + (nameless ? 8 : 0)).put(RowKeys.LOST_TRUTHS).putLong(subjectHash)
        .putLong(~sequence).putInt(volume).putLong(needleKey);
    if (nameless) {
      key.putLong(offsetBytes);
    }
    return key.array();
  }

  public void addTo(KeyBatch batch) {
    var out = new FieldWriter(32 + what.length());
    out.text(WHAT, what);
    out.number(OFFSET, offsetBytes);
    out.number(LENGTH, lengthBytes);
    kind.ifPresent(known -> out.number(KIND, known.code()));
    batch.put(key(), out.toBytes());
  }

  public static LostTruth read(byte[] row, byte[] value) throws MalformedMutationException {
    if (row.length < KEY_BYTES || row[0] != RowKeys.LOST_TRUTHS) {
      throw new IllegalStateException("not a row of lost truths: " + HexFormat.of().formatHex(row));
    }
    var numbers = ByteBuffer.wrap(row);
    String what = "";
    long offsetBytes = 0;
    long lengthBytes = 0;
    Optional<NeedleKind> kind = Optional.empty();
    var in = new FieldReader(value);
    while (in.next()) {
      switch (in.tag()) {
        case WHAT -> what = in.text();
        case OFFSET -> offsetBytes = in.number();
        case LENGTH -> lengthBytes = in.number();
        case KIND -> kind = Optional.of(NeedleKind.ofCode((int) in.number()));
        default -> {
          // a field of a newer program
        }
      }
    }
    return new LostTruth(numbers.getLong(1), ~numbers.getLong(9), numbers.getInt(17), numbers.getLong(21), offsetBytes,
        lengthBytes, kind, what);
  }

  /// Where it lies, for people: `volume 3 at 4711, needle 3,1f of 16.42`.
  public String place() {
    if (isWholeVolume()) {
      return "volume " + volume;
    }
    String needle = needleKey == 0
        ? ""
        : ", needle " + volume + "," + Long.toHexString(needleKey) + " of " + CommitSequence.text(sequence);
    return "volume " + volume + " at " + offsetBytes + needle;
  }
}
