package hayloft.filer.rows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// The keys of the catalog's rows. All integers big-endian; `~x` is inverted, so that the newest comes first.
///
///     O bucket(8) key-escaped 00 00 ~version(8) facet(1) ~sequence(8)    a facet of a version of an object
///     B bucket(8) ~sequence(8)                                          a bucket's document
///     U bucket(8) key-escaped 00 00 upload(8)                           an upload
///     E upload(8)                                                       the end of an upload
///     P upload(8) part number(2) ~sequence(8)                           a part
///     K user id in UTF-8 00 00 ~sequence(8)                             a user's document
///     Z former row                                                      a settled killer ([#settledRow])
///     R volume(4) bucket(8) key-escaped 00 00 sequence(8)               marked dead, still in a file ([RemainsRow])
///     D volume(4) sequence(8)                                           a dead mark that may still be needed
///     S volume(4) ~sequence(8)                                          a state of a volume
///     X hash(8) ~sequence(8) volume(4) needle key(8)                    a truth that is lost ([LostTruth])
///     H volume(4) needle key(8)                                         a half of a power cut that waits for its mark
///     C volume(4) needle key(8)                                         a chunk without a known commit
///     G sequence(8)                                                     something there may be dead
///     V volume(4)                                                       position: all below is applied
///     M name                                                            a mark of the catalog itself
///
/// Escaping: `00` in an object key becomes `00 FF`, so that the terminator `00 00` keeps keys in UTF-8 byte order.
public final class RowKeys {

  public static final byte OBJECTS = 'O';
  public static final byte BUCKETS = 'B';
  public static final byte UPLOADS = 'U';
  public static final byte ENDED_UPLOADS = 'E';
  public static final byte PARTS = 'P';
  public static final byte USERS = 'K';
  /// What was in O, B, E or K and is kept out of readers' way: killers whose work is done, until what they killed is
  /// physically gone.
  public static final byte SETTLED = 'Z';
  public static final byte REMAINS = 'R';
  public static final byte DEAD_MARKS = 'D';
  public static final byte VOLUME_STATES = 'S';
  public static final byte LOST_TRUTHS = 'X';
  public static final byte HALVES = 'H';
  public static final byte CHUNKS = 'C';
  public static final byte GARBAGE = 'G';
  public static final byte POSITIONS = 'V';
  public static final byte MARKS = 'M';

  /// The tables that are functions of the live needles.
  public static final byte[] DERIVED_TABLES = {BUCKETS, ENDED_UPLOADS, USERS, OBJECTS, PARTS, UPLOADS};

  private static final int BUCKET_PREFIX = 1 + 8;
  private static final int TERMINATOR = 2;

  private RowKeys() {}

  /// All rows of a table begin with it.
  public static byte[] table(byte table) {
    return new byte[]{table};
  }

  /// All rows of a bucket in a table begin with it: objects, uploads, and the bucket's own document.
  public static byte[] bucket(byte table, long bucketId) {
    return ByteBuffer.allocate(BUCKET_PREFIX).put(table).putLong(bucketId).array();
  }

  /// All rows of objects or uploads whose key begins with some bytes begin with it.
  public static byte[] keysWithPrefix(byte table, long bucketId, byte[] keyPrefix) {
    return escaped(table, bucketId, keyPrefix, 0);
  }

  /// All rows of one object key begin with it.
  public static byte[] oneKey(byte table, long bucketId, byte[] key) {
    return escaped(table, bucketId, key, TERMINATOR);
  }

  /// All facets of one version begin with it.
  public static byte[] version(long bucketId, byte[] key, long version) {
    byte[] prefix = escaped(OBJECTS, bucketId, key, TERMINATOR + 8);
    ByteBuffer.wrap(prefix).putLong(prefix.length - 8, ~version);
    return prefix;
  }

  public static byte[] facet(long bucketId, byte[] key, long version, Facet facet, long sequence) {
    byte[] row = escaped(OBJECTS, bucketId, key, TERMINATOR + 8 + 1 + 8);
    var buffer = ByteBuffer.wrap(row);
    buffer.putLong(row.length - 17, ~version);
    buffer.put(row.length - 9, facet.code());
    buffer.putLong(row.length - 8, ~sequence);
    return row;
  }

  public static byte[] upload(long bucketId, byte[] key, long upload) {
    byte[] row = escaped(UPLOADS, bucketId, key, TERMINATOR + 8);
    ByteBuffer.wrap(row).putLong(row.length - 8, upload);
    return row;
  }

  /// All uploads of a key begin with it.
  public static byte[] uploads(long bucketId, byte[] key) {
    return escaped(UPLOADS, bucketId, key, TERMINATOR);
  }

  public static byte[] bucketDocument(long bucketId, long sequence) {
    return ByteBuffer.allocate(BUCKET_PREFIX + 8).put(BUCKETS).putLong(bucketId).putLong(~sequence).array();
  }

  public static byte[] endedUpload(long upload) {
    return ByteBuffer.allocate(9).put(ENDED_UPLOADS).putLong(upload).array();
  }

  /// All parts of an upload begin with it.
  public static byte[] parts(long upload) {
    return ByteBuffer.allocate(9).put(PARTS).putLong(upload).array();
  }

  /// All rows of one part number begin with it.
  public static byte[] partNumber(long upload, int number) {
    return ByteBuffer.allocate(11).put(PARTS).putLong(upload).putShort((short) number).array();
  }

  public static byte[] part(long upload, int number, long sequence) {
    return ByteBuffer.allocate(19).put(PARTS).putLong(upload).putShort((short) number).putLong(~sequence).array();
  }

  /// All documents of a user begin with it.
  public static byte[] user(String id) {
    byte[] idBytes = id.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + idBytes.length + 2).put(USERS).put(idBytes).putShort((short) 0).array();
  }

  public static byte[] userDocument(String id, long sequence) {
    byte[] prefix = user(id);
    return ByteBuffer.allocate(prefix.length + 8).put(prefix).putLong(~sequence).array();
  }

  /// All chunks in a volume begin with it.
  public static byte[] chunks(int volume) {
    return ByteBuffer.allocate(5).put(CHUNKS).putInt(volume).array();
  }

  public static byte[] chunk(int volume, long needleKey) {
    return ByteBuffer.allocate(13).put(CHUNKS).putInt(volume).putLong(needleKey).array();
  }

  /// The row that a settled killer has instead of its former one, which was in O, B or K. A facet's number stands
  /// before its version there, so that a key's erasures and its hiding versions are two ranges, and neither has to be
  /// stepped over to find the other.
  ///
  ///     Z O bucket(8) key-escaped 00 00 facet(1) ~version(8) ~sequence(8)
  public static byte[] settledRow(byte[] row) {
    if (!canBeSettled(row)) {
      throw new IllegalArgumentException("a row of table " + (char) row[0] + " is not moved when it is settled");
    }
    byte[] settled = ByteBuffer.allocate(1 + row.length).put(SETTLED).put(row).array();
    if (row[0] == OBJECTS) {
      int facetAt = row.length - 9;
      settled[facetAt - 8 + 1] = row[facetAt];
      System.arraycopy(row, facetAt - 8, settled, facetAt - 8 + 2, 8);
    }
    return settled;
  }

  /// Whether a row moves to Z when it is settled.
  public static boolean canBeSettled(byte[] row) {
    return row[0] == OBJECTS || row[0] == BUCKETS || row[0] == USERS;
  }

  /// The row that the settled end of an upload has besides its row in E, where nobody steps over it. It names the
  /// object, because that is how it is found once something of the object is gone.
  ///
  ///     Z E bucket(8) key-escaped 00 00 upload(8)
  public static byte[] settledEnd(long bucketId, byte[] key, long upload) {
    byte[] row = escaped(ENDED_UPLOADS, bucketId, key, TERMINATOR + 8);
    ByteBuffer.wrap(row).putLong(row.length - 8, upload);
    return ByteBuffer.allocate(1 + row.length).put(SETTLED).put(row).array();
  }

  /// What the settled rows begin with whose former rows began with some bytes: a table, or a bucket, key or user in it.
  public static byte[] settled(byte[] prefix) {
    return ByteBuffer.allocate(1 + prefix.length).put(SETTLED).put(prefix).array();
  }

  /// The row that a settled killer had.
  public static byte[] beforeSettling(byte[] settledRow) {
    byte[] row = Arrays.copyOfRange(settledRow, 1, settledRow.length);
    if (row[0] == ENDED_UPLOADS) {
      return endedUpload(lastLong(row));
    }
    if (row[0] == OBJECTS) {
      int facetAt = row.length - 9;
      row[facetAt] = settledRow[facetAt - 8 + 1];
      System.arraycopy(settledRow, facetAt - 8 + 2, row, facetAt - 8, 8);
    }
    return row;
  }

  /// All settled killers of an object key in a table, O or E, begin with it.
  public static byte[] settledOf(byte table, long bucketId, byte[] key) {
    return settled(oneKey(table, bucketId, key));
  }

  /// All settled killers of a bucket in a table, O, E or B, begin with it.
  public static byte[] settledOf(byte table, long bucketId) {
    return settled(bucket(table, bucketId));
  }

  /// All settled facets of a kind of an object key begin with it.
  public static byte[] settledFacets(long bucketId, byte[] key, Facet facet) {
    byte[] prefix = settledOf(OBJECTS, bucketId, key);
    return ByteBuffer.allocate(prefix.length + 1).put(prefix).put(facet.code()).array();
  }

  /// The same of one version.
  public static byte[] settledFacets(long bucketId, byte[] key, Facet facet, long version) {
    byte[] prefix = settledFacets(bucketId, key, facet);
    return ByteBuffer.allocate(prefix.length + 8).put(prefix).putLong(~version).array();
  }

  /// The object key in a row of settled ends of uploads.
  public static byte[] keyOfSettledEnd(byte[] settledRow) {
    return unescaped(settledRow, 1 + BUCKET_PREFIX, settledRow.length - 8 - TERMINATOR);
  }

  /// All dead marks about a volume begin with it.
  public static byte[] deadMarks(int volume) {
    return ByteBuffer.allocate(5).put(DEAD_MARKS).putInt(volume).array();
  }

  public static byte[] deadMark(int volume, long sequence) {
    return ByteBuffer.allocate(13).put(DEAD_MARKS).putInt(volume).putLong(sequence).array();
  }

  /// All states of a volume begin with it.
  public static byte[] volumeStates(int volume) {
    return ByteBuffer.allocate(5).put(VOLUME_STATES).putInt(volume).array();
  }

  public static byte[] volumeState(int volume, long sequence) {
    return ByteBuffer.allocate(13).put(VOLUME_STATES).putInt(volume).putLong(~sequence).array();
  }

  /// All halves in a volume begin with it.
  public static byte[] halves(int volume) {
    return ByteBuffer.allocate(5).put(HALVES).putInt(volume).array();
  }

  public static byte[] half(int volume, long needleKey) {
    return ByteBuffer.allocate(13).put(HALVES).putInt(volume).putLong(needleKey).array();
  }

  /// The volume in a row of D, S, H, C, R and V, which begins with it.
  public static int volumeOf(byte[] row) {
    return ByteBuffer.wrap(row).getInt(1);
  }

  public static byte[] garbage(long sequence) {
    return ByteBuffer.allocate(9).put(GARBAGE).putLong(sequence).array();
  }

  public static byte[] position(int volume) {
    return ByteBuffer.allocate(5).put(POSITIONS).putInt(volume).array();
  }

  public static byte[] mark(String name) {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + nameBytes.length).put(MARKS).put(nameBytes).array();
  }

  /// The least key above all keys that begin with a prefix.
  public static byte[] after(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xFF) {
        byte[] successor = Arrays.copyOf(prefix, i + 1);
        successor[i]++;
        return successor;
      }
    }
    throw new IllegalArgumentException("no key is above the prefix " + HexFormat.of().formatHex(prefix));
  }

  public static boolean startsWith(byte[] row, byte[] prefix) {
    return row.length >= prefix.length && Arrays.equals(row, 0, prefix.length, prefix, 0, prefix.length);
  }

  /// The number in the last eight bytes of a key that ends in one as it is.
  public static long lastLong(byte[] row) {
    return ByteBuffer.wrap(row).getLong(row.length - 8);
  }

  /// The sequence in the last eight bytes of a key that ends in an inverted one.
  public static long lastSequence(byte[] row) {
    return ~lastLong(row);
  }

  /// The object key in a row of uploads.
  public static byte[] keyOfUpload(byte[] row) {
    return unescaped(row, BUCKET_PREFIX, row.length - 8 - TERMINATOR);
  }

  public static int numberOfPart(byte[] row) {
    return ByteBuffer.wrap(row).getShort(9) & 0xFFFF;
  }

  static byte[] unescaped(byte[] row, int from, int to) {
    byte[] key = new byte[to - from];
    int size = 0;
    for (int i = from; i < to; i++) {
      key[size++] = row[i];
      if (row[i] == 0) {
        i++; // the FF of an escaped zero
      }
    }
    return size == key.length ? key : Arrays.copyOf(key, size);
  }

  static byte[] escaped(byte table, long bucketId, byte[] key, int tailBytes) {
    int zeros = 0;
    for (byte b : key) {
      if (b == 0) {
        zeros++;
      }
    }
    byte[] row = new byte[BUCKET_PREFIX + key.length + zeros + tailBytes];
    ByteBuffer.wrap(row).put(table).putLong(bucketId);
    int at = BUCKET_PREFIX;
    if (zeros == 0) {
      System.arraycopy(key, 0, row, at, key.length);
      return row;
    }
    for (byte b : key) {
      row[at++] = b;
      if (b == 0) {
        row[at++] = (byte) 0xFF;
      }
    }
    return row;
  }
}
