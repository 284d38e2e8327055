package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.Part;
import hayloft.filer.body.Bodies;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.BodyTime;
import hayloft.filer.mutation.PartBody;
import hayloft.filer.mutation.PartTable;
import hayloft.filer.mutation.Pieces;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Puts on a death list what goes with a version or an upload: chunks, lists of chunks, parts. Confined to the
/// collector.
///
/// It works list by list: the needles that one list names are marked in a step before the list, so a list that is gone
/// needs no further look, and whoever begins anew finds what is left. Nothing holds all the pieces of an object.
final class Belongings {

  private final KeyStore store;
  private final Bodies bodies;
  private final VolumeStates states;

  Belongings(KeyStore store, Bodies bodies, VolumeStates states) {
    this.store = store;
    this.bodies = bodies;
    this.states = states;
  }

  /// The chunks of a dead version, and all that is left of the upload that it completed, but not its own needle.
  Outcome ofVersion(RemainsRow.Subject subject, VersionBody body, DeathList list, Budget budget) throws IOException {
    try {
      long upload = body.completedUpload();
      if (upload != 0 && !upload(subject, upload, null, list, budget) || !pieces(body.pieces(), list, budget)) {
        return Outcome.MORE;
      }
      body.partsNeedle().ifPresent(table -> list.mark(table.needle()));
      return Outcome.DONE;
    } catch (UnreadableListException e) {
      return new Outcome.Aside(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /// All of an upload that was given up, but not the needle that ended it.
  Outcome ofUpload(RemainsRow.Subject subject, long upload, DeathList list, Budget budget) throws IOException {
    try {
      return upload(subject, upload, null, list, budget) ? Outcome.DONE : Outcome.MORE;
    } catch (UnreadableListException e) {
      return new Outcome.Aside(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /// What a version that lives does not need of the upload that it completed.
  Outcome ofCompletedUpload(RemainsRow.Subject subject, VersionBody body, DeathList list, Budget budget)
      throws IOException {
    try {
      return upload(subject, body.completedUpload(), chosenBy(body), list, budget) ? Outcome.DONE : Outcome.MORE;
    } catch (UnreadableListException e) {
      return new Outcome.Aside(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /// The parts of an upload under way below a newer one of their number that is old enough: nothing can come to use
  /// them.
  Outcome ofReplacedParts(RemainsRow.Subject subject, long upload, Cutoff cutoff, DeathList list, Budget budget)
      throws IOException {
    byte[] all = RowKeys.parts(upload);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      int number = 0;
      boolean replaced = false;
      for (boolean found = rows.seek(all); found; found = rows.next()) {
        byte[] row = rows.key();
        byte[] value = rows.value();
        if (RowKeys.numberOfPart(row) != number) {
          number = RowKeys.numberOfPart(row);
          replaced = false;
        }
        if (replaced && (budget.isSpent() || !part(subject, upload, row, value, null, list, budget))) {
          return Outcome.MORE;
        }
        replaced |= cutoff.covers(BodyTime.of(RowValue.body(value)), RowKeys.lastSequence(row));
      }
      return Outcome.DONE;
    } catch (UnreadableListException e) {
      return new Outcome.Aside(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /// False if the budget was spent before the end.
  private boolean upload(RemainsRow.Subject subject, long upload, @Nullable Chosen chosen, DeathList list,
      Budget budget) throws IOException {
    byte[] all = RowKeys.parts(upload);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean found = rows.seek(all); found; found = rows.next()) {
        if (budget.isSpent() || !part(subject, upload, rows.key(), rows.value(), chosen, list, budget)) {
          return false;
        }
      }
    }
    byte[] row = RowKeys.upload(subject.bucketId(), subject.key(), upload);
    byte[] value = store.get(row);
    if (value != null) {
      FileId needle = RowValue.needle(value);
      if (list.victim(needle, row, new RemainsRow(needle.volume(), subject, upload, needle.key(), RowKeys.UPLOADS))) {
        list.addUpload(upload);
      }
    }
    return true;
  }

  private boolean part(RemainsRow.Subject subject, long upload, byte[] row, byte[] value, @Nullable Chosen chosen,
      DeathList list, Budget budget) throws IOException {
    budget.spendRow(row.length + value.length);
    FileId needle = RowValue.needle(value);
    PartBody body = PartBody.read(RowValue.body(value));
    boolean used = chosen != null && chosen.uses(RowKeys.numberOfPart(row), needle, body);
    if (used && body.pieces().isEmpty()) {
      return true; // it holds bytes of the object
    }
    if (!used && !pieces(body.pieces(), list, budget)) {
      return false;
    }
    if (list.victim(needle, row,
        new RemainsRow(needle.volume(), subject, RowKeys.lastSequence(row), needle.key(), RowKeys.PARTS))) {
      list.addUpload(upload);
    }
    budget.spendMark();
    return true;
  }

  /// All needles of a tree; false if the budget was spent before.
  private boolean pieces(List<Piece> pieces, DeathList list, Budget budget) throws IOException {
    return heightOf(pieces, list, budget) >= 0;
  }

  /// The step behind the last that the pieces need; -1 if the budget was spent.
  private int heightOf(List<Piece> pieces, DeathList list, Budget budget) throws IOException {
    int height = 0;
    for (Piece piece : pieces) {
      int below = 0;
      if (piece.isList()) {
        if (budget.isSpent()) {
          return -1;
        }
        budget.spendRow(0);
        Optional<List<Piece>> named = named(piece);
        if (named.isEmpty()) {
          continue;
        }
        below = heightOf(named.get(), list, budget);
        if (below < 0) {
          return -1;
        }
      }
      list.mark(below, piece.needle());
      budget.spendMark();
      height = Math.max(height, below + 1);
    }
    return height;
  }

  /// Empty if the list is gone: then all that it named was marked before.
  private Optional<List<Piece>> named(Piece list) throws IOException {
    try {
      Optional<byte[]> bytes = bodies.readOwn(list.needle());
      return bytes.isEmpty() ? Optional.empty() : Optional.of(Pieces.decode(bytes.get()));
    } catch (IOException e) {
      if (e instanceof NoSuchVolumeException && states.known().isGone(list.needle().volume())) {
        return Optional.empty();
      }
      throw new UnreadableListException(list, e);
    }
  }

  boolean hasParts(long upload) throws IOException {
    byte[] all = RowKeys.parts(upload);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      return rows.seek(all);
    }
  }

  /// Shows the needles of an upload's parts; false once the sink has enough.
  boolean ofParts(long upload, long from, Undertaker.NeedleSink sink) throws IOException {
    byte[] all = RowKeys.parts(upload);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean found = rows.seek(all); found; found = rows.next()) {
        if (RowKeys.lastSequence(rows.key()) >= from
            && !show(PartBody.read(RowValue.body(rows.value())).pieces(), sink)) {
          return false;
        }
      }
    }
    return true;
  }

  /// Shows every needle of a tree; false once the sink has enough.
  boolean show(List<Piece> pieces, Undertaker.NeedleSink sink) throws IOException {
    for (Piece piece : pieces) {
      if (!sink.take(piece.needle())) {
        return false;
      }
      if (piece.isList()) {
        Optional<List<Piece>> named = named(piece);
        if (named.isPresent() && !show(named.get(), sink)) {
          return false;
        }
      }
    }
    return true;
  }

  private Chosen chosenBy(VersionBody body) throws IOException {
    List<Part> table = body.parts();
    Optional<Piece> needle = body.partsNeedle();
    if (needle.isPresent()) {
      try {
        byte[] bytes = bodies.readOwn(needle.get().needle())
            .orElseThrow(() -> new CorruptNeedleException("the part table is missing"));
        table = PartTable.decode(bytes, body.modified());
      } catch (IOException e) {
        throw new UnreadableListException(needle.get(), e);
      }
    }
    return new Chosen(body.pieces(), table);
  }

  /// Tells which parts a version was completed with: those whose bytes lie where the part table says that they do.
  private final class Chosen {

    private static final int LISTS_REMEMBERED = 8;

    private final List<Piece> pieces;
    private final Map<Integer, Long> offsets = new HashMap<>();
    private final Map<FileId, List<Piece>> lists = new LinkedHashMap<>(16, 0.75f, true);

    Chosen(List<Piece> pieces, List<Part> table) {
      this.pieces = pieces;
      long offset = 0;
      for (Part part : table) {
        offsets.put(part.number(), offset);
        offset += part.sizeBytes();
      }
    }

    boolean uses(int number, FileId needle, PartBody body) throws IOException {
      Long offset = offsets.get(number);
      if (offset == null || body.sizeBytes() == 0) {
        return false; // of an empty part nothing is in the object
      }
      FileId first = body.pieces().isEmpty() ? needle : body.pieces().getFirst().needle();
      return leadsTo(first, offset);
    }

    /// Whether a needle is on the way to that byte of the object.
    private boolean leadsTo(FileId needle, long offset) throws IOException {
      List<Piece> level = pieces;
      long left = offset;
      while (true) {
        Piece at = null;
        for (Piece piece : level) {
          if (left < piece.sizeBytes()) {
            at = piece;
            break;
          }
          left -= piece.sizeBytes();
        }
        if (at == null) {
          return false;
        }
        if (at.needle().equals(needle)) {
          return true;
        }
        if (!at.isList()) {
          return false;
        }
        level = list(at);
      }
    }

    private List<Piece> list(Piece piece) throws IOException {
      List<Piece> known = lists.get(piece.needle());
      if (known == null) {
        known = named(piece).orElseThrow(
            () -> new UnreadableListException(piece, new CorruptNeedleException("it is missing")));
        lists.put(piece.needle(), known);
        if (lists.size() > LISTS_REMEMBERED) {
          lists.remove(lists.keySet().iterator().next());
        }
      }
      return known;
    }
  }
}
