package hayloft.filer.mutation;

import hayloft.filer.BodyLocation.Piece;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a needle's meta says besides the body: which kind of mutation it is and whom it concerns. With the needle's
/// file id, its sequence and the body verbatim it makes the mutation's rows. Immutable, but for the array, which it
/// borrows.
public final class Envelope {

  private static final byte[] NO_BYTES = {};

  private final byte[] meta;
  private final MutationKind kind;
  private final boolean kills;
  private final int bodyFrom;
  private long bucketId;
  private byte[] key = NO_BYTES;
  private long version;
  private long upload;
  private int partNumber;
  private String userId = "";
  private int volume;
  private String bucketName = "";

  /// Reads the head of a needle's meta.
  ///
  /// @throws MalformedMutationException if it is of an unknown format version or kind, or cut short
  public static Envelope read(byte[] meta) throws MalformedMutationException {
    return new Envelope(meta);
  }

  private Envelope(byte[] meta) throws MalformedMutationException {
    this.meta = meta;
    var in = new FieldReader(meta);
    int format = in.oneByte();
    if (format != MutationCodec.FORMAT_VERSION) {
      throw new MalformedMutationException("mutation of unknown format version " + format);
    }
    kind = MutationKind.ofCode(in.oneByte());
    kills = (in.oneByte() & MutationCodec.KILLS) != 0;
    int envelopeBytes = in.length();
    bodyFrom = in.position() + envelopeBytes;
    var fields = new FieldReader(meta, in.position(), bodyFrom);
    while (fields.next()) {
      switch (fields.tag()) {
        case MutationCodec.BUCKET -> bucketId = fields.number();
        case MutationCodec.KEY -> key = fields.bytes();
        case MutationCodec.VERSION -> version = fields.number();
        case MutationCodec.UPLOAD -> upload = fields.number();
        case MutationCodec.PART_NUMBER -> partNumber = fields.smallNumber();
        case MutationCodec.USER -> userId = fields.text();
        case MutationCodec.VOLUME -> volume = fields.smallNumber();
        case MutationCodec.BUCKET_NAME -> bucketName = fields.text();
        default -> {
          // a field of a newer program
        }
      }
    }
  }

  public MutationKind kind() {
    return kind;
  }

  /// It may have made something older unreachable.
  public boolean kills() {
    return kills;
  }

  public long bucketId() {
    return bucketId;
  }

  /// The object key in UTF-8.
  public byte[] key() {
    return key;
  }

  /// The sequence of the version that the mutation changes.
  public long version() {
    return version;
  }

  public long upload() {
    return upload;
  }

  public int partNumber() {
    return partNumber;
  }

  public String userId() {
    return userId;
  }

  /// The volume that a book is about; 0 in others, and in one that is about many.
  public int volume() {
    return volume;
  }

  /// Of a bucket's document; empty in those of level 1.
  public String bucketName() {
    return bucketName;
  }

  public FieldReader body() {
    return new FieldReader(meta, bodyFrom, meta.length);
  }

  /// A copy of the body.
  public byte[] bodyBytes() {
    return Arrays.copyOfRange(meta, bodyFrom, meta.length);
  }

  /// What rows need to know of a body besides its bytes.
  ///
  /// @param pieces needles that it refers to, part table included; none if it needs what this program does not know
  public record BodyOutline(Instant at, long completedUpload, List<Piece> pieces) {}

  public BodyOutline outline() throws MalformedMutationException {
    var in = body();
    long atMillis = 0;
    long completedUpload = 0;
    long needs = Needs.NOTHING;
    var lists = new ArrayList<FieldReader>();
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT, BodyTags.AT_OF_NULL_VERSION -> atMillis = in.number();
        case BodyTags.NEEDS -> needs = in.number();
        case BodyTags.COMPLETED_UPLOAD -> completedUpload = in.number();
        case BodyTags.PIECES, BodyTags.PARTS_NEEDLE -> lists.add(in.nested());
        default -> {
          // of no concern to rows
        }
      }
    }
    List<Piece> pieces = List.of();
    if (Needs.areMet(needs)) {
      for (FieldReader list : lists) {
        pieces = joined(pieces, Pieces.decode(list));
      }
    }
    return new BodyOutline(Instant.ofEpochMilli(atMillis), completedUpload, pieces);
  }

  private static List<Piece> joined(List<Piece> first, List<Piece> second) {
    if (first.isEmpty()) {
      return second;
    }
    var all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
