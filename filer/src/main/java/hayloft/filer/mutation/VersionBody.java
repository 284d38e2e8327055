package hayloft.filer.mutation;

import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.ObjectDraft;
import hayloft.filer.Part;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a version's needle and its row say of it. Immutable.
///
/// @param nullVersion its version id is `null`
/// @param pieces empty if the bytes lie in the commit needle itself
/// @param parts of a multipart object, if the table is short
/// @param partsNeedle the needle whose data is the part table, if it is long
/// @param completedUpload the upload that the version ends; 0 for none
/// @param needs bits that a program must know to serve or delete the version ([Needs])
public record VersionBody(VersionKind kind, boolean nullVersion, Instant modified, long sizeBytes, String etag,
    int partCount, ObjectDraft attributes, List<Piece> pieces, List<Part> parts, Optional<Piece> partsNeedle,
    long completedUpload, long needs) {

  private static final int KIND_MASK = 3;
  private static final int NULL_VERSION = 4;
  private static final ObjectDraft NO_ATTRIBUTES = new ObjectDraft(Map.of(), Map.of(), Map.of(), "", "STANDARD",
      Optional.empty());

  public VersionBody {
    pieces = List.copyOf(pieces);
    parts = List.copyOf(parts);
  }

  /// One that needs nothing.
  public VersionBody(VersionKind kind, boolean nullVersion, Instant modified, long sizeBytes, String etag,
      int partCount, ObjectDraft attributes, List<Piece> pieces, List<Part> parts, Optional<Piece> partsNeedle,
      long completedUpload) {
    this(kind, nullVersion, modified, sizeBytes, etag, partCount, attributes, pieces, parts, partsNeedle,
        completedUpload, Needs.NOTHING);
  }

  /// An object that no upload made.
  public static VersionBody object(boolean nullVersion, Instant modified, long sizeBytes, String etag,
      ObjectDraft attributes, List<Piece> pieces) {
    return new VersionBody(VersionKind.OBJECT, nullVersion, modified, sizeBytes, etag, 0, attributes, pieces, List.of(),
        Optional.empty(), 0);
  }

  /// A delete marker or a tombstone.
  public static VersionBody absence(VersionKind kind, boolean nullVersion, Instant modified) {
    return new VersionBody(kind, nullVersion, modified, 0, "", 0, NO_ATTRIBUTES, List.of(), List.of(), Optional.empty(),
        0);
  }

  /// Makes a body once it is known when the version is made and whether it is a null version.
  @FunctionalInterface
  public interface Maker {
    VersionBody make(Instant now, boolean nullVersion);
  }

  void write(FieldWriter out, String usualOwner) {
    if (kind == VersionKind.OBJECT && nullVersion) { // what most are
      out.number(BodyTags.AT_OF_NULL_VERSION, modified.toEpochMilli());
    } else {
      out.number(BodyTags.AT, modified.toEpochMilli());
      int flags = kind.code() | (nullVersion ? NULL_VERSION : 0);
      if (flags != 0) {
        out.number(BodyTags.FLAGS, flags);
      }
    }
    if (needs != Needs.NOTHING) {
      out.number(BodyTags.NEEDS, needs);
    }
    if (kind != VersionKind.OBJECT) {
      return;
    }
    out.number(BodyTags.SIZE, sizeBytes);
    if (partCount != 0) {
      out.number(BodyTags.PART_COUNT, partCount);
    }
    Etags.write(out, etag, partCount);
    Attributes.write(out, attributes, usualOwner);
    if (completedUpload != 0) {
      out.number(BodyTags.COMPLETED_UPLOAD, completedUpload);
    }
    if (!pieces.isEmpty()) {
      out.bytes(BodyTags.PIECES, Pieces.encode(pieces));
    }
    if (!parts.isEmpty()) {
      out.bytes(BodyTags.PARTS, PartTable.encode(parts));
    }
    partsNeedle.ifPresent(needle -> out.bytes(BodyTags.PARTS_NEEDLE, Pieces.encode(List.of(needle))));
  }

  /// Whether a body is a null version's, without reading more of it than that takes.
  public static boolean isNullVersion(FieldReader in) throws MalformedMutationException {
    while (in.next()) {
      if (in.tag() == BodyTags.AT_OF_NULL_VERSION) {
        return true;
      }
      if (in.tag() == BodyTags.FLAGS) {
        return (in.number() & NULL_VERSION) != 0;
      }
    }
    return false;
  }

  /// @param usualOwner the owner of the bucket, whom bodies leave out
  public static VersionBody read(FieldReader in, String usualOwner) throws MalformedMutationException {
    var fields = new Fields(usualOwner);
    while (in.next()) {
      fields.take(in);
    }
    return fields.body();
  }

  /// Of what a client stored beside the bytes, and of where those lie, nothing is read; all else is as in [#read].
  ///
  /// @param usualOwner the owner of the bucket, whom bodies leave out
  public static VersionBody readShown(FieldReader in, String usualOwner) throws MalformedMutationException {
    var fields = new Fields(usualOwner);
    while (in.next()) {
      fields.takeShown(in);
    }
    return fields.body();
  }

  /// What is known of a body while it is being read.
  private static final class Fields {
    private final Attributes attributes;
    private long atMillis;
    private int flags;
    private long sizeBytes;
    private int partCount;
    private byte @Nullable [] md5;
    private String etagText = "";
    private long completedUpload;
    private long needs;
    private @Nullable FieldReader pieces;
    private byte @Nullable [] partTable;
    private @Nullable FieldReader partsNeedle;

    Fields(String usualOwner) {
      attributes = new Attributes(usualOwner);
    }

    void take(FieldReader in) throws MalformedMutationException {
      switch (in.tag()) {
        case BodyTags.AT -> atMillis = in.number();
        case BodyTags.AT_OF_NULL_VERSION -> {
          atMillis = in.number();
          flags = NULL_VERSION;
        }
        case BodyTags.FLAGS -> flags = (int) in.number();
        case BodyTags.NEEDS -> needs = in.number();
        case BodyTags.SIZE -> sizeBytes = in.number();
        case BodyTags.PART_COUNT -> partCount = (int) in.number();
        case BodyTags.ETAG_MD5 -> md5 = in.bytes();
        case BodyTags.ETAG_TEXT -> etagText = in.text();
        case BodyTags.COMPLETED_UPLOAD -> completedUpload = in.number();
        case BodyTags.PIECES -> pieces = in.nested();
        case BodyTags.PARTS -> partTable = in.bytes();
        case BodyTags.PARTS_NEEDLE -> partsNeedle = in.nested();
        default -> attributes.take(in);
      }
    }

    void takeShown(FieldReader in) throws MalformedMutationException {
      switch (in.tag()) {
        case BodyTags.PIECES, BodyTags.PARTS, BodyTags.PARTS_NEEDLE, BodyTags.CONTENT_TYPE, BodyTags.HEADER,
            BodyTags.USER_METADATA, BodyTags.TAG, BodyTags.ACL -> {
          // not shown
        }
        default -> take(in);
      }
    }

    VersionBody body() throws MalformedMutationException {
      Instant modified = Instant.ofEpochMilli(atMillis);
      VersionKind kind = VersionKind.ofCode(flags & KIND_MASK);
      boolean nullVersion = (flags & NULL_VERSION) != 0;
      if (kind != VersionKind.OBJECT) {
        return new VersionBody(kind, nullVersion, modified, 0, "", 0, NO_ATTRIBUTES, List.of(), List.of(),
            Optional.empty(), 0, needs);
      }
      String etag = md5 == null ? etagText : Etags.text(md5, partCount);
      if (!Needs.areMet(needs)) { // then nobody knows how pieces and parts are to be read
        return new VersionBody(kind, nullVersion, modified, sizeBytes, etag, partCount, attributes.draft(), List.of(),
            List.of(), Optional.empty(), completedUpload, needs);
      }
      List<Part> parts = partTable == null ? List.of() : PartTable.decode(partTable, modified);
      Optional<Piece> table = partsNeedle == null
          ? Optional.empty()
          : Pieces.decode(partsNeedle).stream().findFirst();
      return new VersionBody(kind, nullVersion, modified, sizeBytes, etag, partCount, attributes.draft(),
          pieces == null ? List.of() : Pieces.decode(pieces), parts, table, completedUpload, needs);
    }
  }
}
