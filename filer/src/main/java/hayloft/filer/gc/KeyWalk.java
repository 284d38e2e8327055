package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.BodyTime;
import hayloft.filer.mutation.Needs;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Walks over the versions of one key, newest first, and puts on a death list what is dead. It stops where the budget
/// is spent and goes on there; what it keeps meanwhile are a few fields, however many versions there are. Confined to
/// the collector.
///
/// What is dead:
///
/// - a version that was erased, and all facets with it;
/// - a null version below another one that counts (below);
/// - a tombstone, once it is old enough;
/// - tags below newer tags of the same version, and access control lists likewise;
/// - facets whose version is gone.
///
/// A null version *counts* as what hides older ones if it is old enough and it is known that a rebuild notes garbage
/// for it: a tombstone, the end of an upload, or one whose note is in G. Others hide nothing that is not hidden by one
/// of these, too. So there is, for whatever is marked, a needle above it that is not marked, that hides it, and that
/// makes a rebuild look here once more.
///
/// Dead and at the top, with nothing above that hides the same, are *killers*: they are settled, not marked, while
/// remains are left of what they killed.
final class KeyWalk {

  private static final int COLLAPSED_AT_ONCE = 256;

  private final Undertaker.Rooms rooms;
  private final RemainsRow.Subject subject;
  private final Cutoff cutoff;
  private final boolean everything;
  private byte[] resumeAt;

  private KeyCursor rows;
  private @Nullable ObjectRow at;
  /// A null version above counts, the one with that sequence.
  private boolean nullHidden;
  private long hider;
  /// What counts stays, or it is a tombstone: either way it hides what settled tombstones of the key hide.
  private boolean hiderIsNoted;
  private @Nullable Row top;
  private @Nullable Row topErasure;
  /// A dead null version is left, because it cannot be settled now: what hides it must stay where it is seen.
  private boolean nullBlocked;
  private boolean putRemains;
  private Outcome.@Nullable Aside aside;
  /// Of the version whose tags and lists were looked at last.
  private long facetsOf;
  private boolean tagsHidden;
  private boolean aclsHidden;

  /// A row that may be settled.
  private record Row(byte[] key, byte[] value) {
    FileId needle() {
      return RowValue.needle(value);
    }

    long sequence() {
      return RowKeys.lastSequence(key);
    }
  }

  /// @param everything all of the key is dead: its bucket was deleted
  KeyWalk(Undertaker.Rooms rooms, RemainsRow.Subject subject, Cutoff cutoff, boolean everything) {
    this.rooms = rooms;
    this.subject = subject;
    this.cutoff = cutoff;
    this.everything = everything;
    resumeAt = RowKeys.oneKey(RowKeys.OBJECTS, subject.bucketId(), subject.key());
    rows = NOWHERE;
  }

  Outcome work(DeathList list, Budget budget) throws IOException {
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, subject.bucketId(), subject.key());
    try (KeyCursor cursor = rooms.store().cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      rows = cursor;
      seek(resumeAt);
      while (at != null) {
        ObjectRow begin = at;
        if (budget.isSpent() || !version(begin, list, budget)) {
          resumeAt = budget.isSpent() && at != null && isHalfWay(begin) ? at.bytes() : begin.bytes();
          putRemains |= list.putsRemains();
          return Outcome.MORE;
        }
      }
    } finally {
      rows = NOWHERE;
      at = null;
    }
    putRemains |= list.putsRemains();
    return end(list);
  }

  /// Within a version that lives nothing has to be looked at twice.
  private boolean isHalfWay(ObjectRow begin) {
    ObjectRow now = at;
    return now != null && now.version() == begin.version() && facetsOf == begin.version();
  }

  private void seek(byte[] row) throws IOException {
    at = rows.seek(row) ? new ObjectRow(rows.key()) : null;
  }

  private void step() throws IOException {
    at = rows.next() ? new ObjectRow(rows.key()) : null;
  }

  private boolean isAt(long version) {
    ObjectRow now = at;
    return now != null && now.version() == version;
  }

  private boolean isAt(long version, Facet facet) {
    ObjectRow now = at;
    return now != null && now.version() == version && now.facet() == facet;
  }

  private Row row(ObjectRow now) {
    return new Row(now.bytes(), rows.value());
  }

  /// Judges one version; false if the budget was spent before its end.
  private boolean version(ObjectRow begin, DeathList list, Budget budget) throws IOException {
    long version = begin.version();
    List<Row> erasures = new ArrayList<>();
    Row erasure = null;
    for (ObjectRow now = at; now != null && isAt(version, Facet.ERASED); now = at) {
      Row row = row(now);
      erasures.add(row);
      if (erasure == null && cutoff.covers(BodyTime.of(RowValue.body(row.value())), row.sequence())) {
        erasure = row;
      }
      step();
    }
    byte[] madeRow = RowKeys.facet(subject.bucketId(), subject.key(), version, Facet.VERSION, version);
    byte[] value = isAt(version, Facet.VERSION) ? rows.value() : rooms.store().get(madeRow);
    budget.spendRow(madeRow.length + (value == null ? 0 : value.length));
    if (value == null) {
      return withoutVersion(version, erasures, list, budget);
    }
    VersionBody body = VersionBody.read(RowValue.body(value), "");
    boolean oldEnough = cutoff.covers(body.modified(), version);
    boolean isOldTombstone = body.kind() == VersionKind.TOMBSTONE && oldEnough;
    boolean hidden = body.nullVersion() && nullHidden;
    if (!everything && !hidden && erasure == null && !isOldTombstone) {
      return alive(version, body, oldEnough, list, budget);
    }
    return dead(new Row(madeRow, value), body, hidden, erasure, erasures, list, budget);
  }

  private boolean alive(long version, VersionBody body, boolean oldEnough, DeathList list, Budget budget)
      throws IOException {
    if (body.nullVersion() && oldEnough && !nullHidden && (body.completedUpload() != 0 || rooms.isNoted(version))) {
      nullHidden = true;
      hider = version;
      hiderIsNoted = true;
    }
    if (facetsOf != version) {
      facetsOf = version;
      tagsHidden = false;
      aclsHidden = false;
    }
    for (ObjectRow now = at; now != null && isAt(version); now = at) {
      if (budget.isSpent()) {
        return false;
      }
      Row row = row(now);
      budget.spendRow(row.key().length + row.value().length);
      boolean isTags = now.facet() == Facet.TAGS;
      if (isTags || now.facet() == Facet.ACL) {
        if (isTags ? tagsHidden : aclsHidden) {
          list.victim(row.needle(), row.key());
          budget.spendMark();
        }
        boolean hides = cutoff.covers(BodyTime.of(RowValue.body(row.value())), row.sequence());
        tagsHidden |= isTags && hides;
        aclsHidden |= !isTags && hides;
      }
      step();
    }
    return true;
  }

  private boolean dead(Row made, VersionBody body, boolean hidden, @Nullable Row erasure, List<Row> erasures,
      DeathList list, Budget budget) throws IOException {
    long version = made.sequence();
    Outcome whatBelongs = !Needs.areMet(body.needs())
        ? new Outcome.Aside(Outcome.Reason.NEWER, "version of a newer program")
        : rooms.pins().isPinned(version)
            ? new Outcome.Aside(Outcome.Reason.READ, "")
            : rooms.belongings().ofVersion(subject, body, list, budget);
    switch (whatBelongs) {
      case Outcome.More _ -> {
        return false;
      }
      case Outcome.Aside blocked -> {
        block(blocked, body.nullVersion());
        nullHidden |= body.nullVersion(); // it stays, and hides what is below, erased or not
        seek(RowKeys.after(RowKeys.version(subject.bucketId(), subject.key(), version)));
        return true;
      }
      case Outcome.Done _ -> {
        // on with its rows
      }
    }
    for (ObjectRow now = at; now != null && isAt(version) && now.facet() != Facet.VERSION; now = at) {
      if (budget.isSpent()) {
        return false;
      }
      list.victim(RowValue.needle(rows.value()), now.bytes());
      budget.spendRow(now.bytes().length);
      budget.spendMark();
      step();
    }
    if (isAt(version, Facet.VERSION)) {
      step();
    }
    budget.spendMark();
    dispose(made, body, hidden, erasure, erasures, list);
    return true;
  }

  /// All that belongs to the version is on the list but the version itself, and what erased it.
  private void dispose(Row made, VersionBody body, boolean hidden, @Nullable Row erasure, List<Row> erasures,
      DeathList list) throws IOException {
    erasures.stream().filter(row -> everything || hidden || row != erasure)
        .forEach(row -> markKiller(row, list));
    if (everything) {
      markVersion(made, body, list);
    } else if (hidden) {
      endUpload(made, body, list);
    } else if (body.nullVersion()) {
      top = made; // what it hides comes below, and goes before it
      topErasure = erasure;
      nullHidden = true;
      hider = made.sequence();
      hiderIsNoted = erasure == null;
    } else if (erasure != null) {
      endErasure(erasure, made.sequence(), endUpload(made, body, list), list);
    }
  }

  /// What erased a version that goes.
  ///
  /// @param waits the version is to be waited for
  private void endErasure(Row erasure, long version, boolean waits, DeathList list) throws IOException {
    if (waits || rooms.remains().any(Remains.Span.of(subject, version, version + 1))) {
      settle(erasure, list);
    } else {
      markKiller(erasure, list);
    }
  }

  /// A version that is hidden by others; if it ended an upload, it stays as long as anything is left of that.
  ///
  /// @return whether what erased it has to wait for it
  private boolean endUpload(Row made, VersionBody body, DeathList list) throws IOException {
    long upload = body.completedUpload();
    if (upload != 0 && (list.hasUpload(upload) || rooms.doubts().mayConcernUpload(upload)
        || rooms.remains().any(Remains.Span.of(subject, upload, made.sequence())))) {
      settle(made, list);
      return true;
    }
    return markVersion(made, body, list);
  }

  /// @return false if it is gone already: nobody has to wait for it
  private boolean markVersion(Row made, VersionBody body, DeathList list) {
    FileId needle = made.needle();
    if (body.kind() == VersionKind.TOMBSTONE) {
      markKiller(made, list);
      return true;
    }
    boolean remains = list.victim(needle, made.key(),
        new RemainsRow(needle.volume(), subject, made.sequence(), needle.key(), RowKeys.OBJECTS));
    list.deleteEverywhere(made.key());
    if (body.completedUpload() != 0) {
      list.delete(RowKeys.endedUpload(body.completedUpload()));
    }
    return remains;
  }

  private static void markKiller(Row row, DeathList list) {
    list.mark(row.needle());
    list.deleteEverywhere(row.key());
  }

  private static void settle(Row row, DeathList list) {
    list.settle(row.key(), row.value(), RowKeys.settledRow(row.key()));
  }

  private void block(Outcome.Aside blocked, boolean nullVersion) {
    if (aside == null || blocked.reason().isFault()) {
      aside = blocked;
    }
    nullBlocked |= nullVersion;
  }

  /// Whether what a killer killed may lie where nobody sees it now. Then the killer stays where it is seen.
  private boolean isLost(long killer) throws IOException {
    boolean lost = rooms.doubts().mayConcern(subject);
    if (lost) {
      block(new Outcome.Aside(Outcome.Reason.TRUTH_LOST, "what mutation " + killer + " killed may be lost"), false);
    }
    return lost;
  }

  /// Facets whose version is gone: marked dead long ago, or lost.
  private boolean withoutVersion(long version, List<Row> erasures, DeathList list, Budget budget) throws IOException {
    if (!everything && isLost(version)) {
      seek(RowKeys.after(RowKeys.version(subject.bucketId(), subject.key(), version)));
      return true;
    }
    byte[] made = RowKeys.facet(subject.bucketId(), subject.key(), version, Facet.VERSION, version);
    boolean remains = !everything && (rooms.store().get(RowKeys.settledRow(made)) != null
        || rooms.remains().any(Remains.Span.of(subject, version, version + 1)));
    for (Row erasure : erasures) {
      if (erasure.sequence() > cutoff.flushedSequence()) {
        continue;
      }
      if (remains) {
        settle(erasure, list);
      } else {
        markKiller(erasure, list);
      }
      budget.spendMark();
    }
    for (ObjectRow now = at; now != null && isAt(version); now = at) {
      if (budget.isSpent()) {
        return false;
      }
      if (now.sequence() <= cutoff.flushedSequence()) {
        list.victim(RowValue.needle(rows.value()), now.bytes());
        budget.spendMark();
      }
      budget.spendRow(now.bytes().length);
      step();
    }
    return true;
  }

  private Outcome end(DeathList list) throws IOException {
    Row killer = top;
    if (killer != null && !nullBlocked && !isLost(killer.sequence())) {
      endTop(killer, list);
    }
    if (nullHidden && hiderIsNoted && !nullBlocked && aside == null) {
      collapse(list);
    }
    return aside == null ? Outcome.DONE : aside;
  }

  private void endTop(Row killer, DeathList list) throws IOException {
    VersionBody body = VersionBody.read(RowValue.body(killer.value()), "");
    boolean waits = putRemains || rooms.settledShows(subject, killer.sequence())
        || rooms.remains().any(Remains.Span.of(subject, 0, killer.sequence()));
    boolean staysForNow = true;
    if (waits) {
      settle(killer, list);
    } else {
      staysForNow = markVersion(killer, body, list);
    }
    if (topErasure != null) {
      endErasure(topErasure, killer.sequence(), staysForNow, list);
    }
  }

  /// Settled tombstones below what counts need not wait any longer: it hides the same.
  private void collapse(DeathList list) throws IOException {
    byte[] prefix = RowKeys.settledFacets(subject.bucketId(), subject.key(), Facet.VERSION);
    byte[] begin = RowKeys.settledFacets(subject.bucketId(), subject.key(), Facet.VERSION, hider - 1);
    try (KeyCursor settled = rooms.store().cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      int seen = 0;
      for (boolean found = settled.seek(begin); found && seen < COLLAPSED_AT_ONCE; found = settled.next()) {
        byte[] value = settled.value();
        if (VersionBody.read(RowValue.body(value), "").kind() == VersionKind.TOMBSTONE) {
          list.mark(RowValue.needle(value));
          list.delete(settled.key());
        }
        seen++;
      }
    }
  }

  private static final KeyCursor NOWHERE = new KeyCursor() {
    @Override
    public boolean seek(byte[] key) {
      throw new IllegalStateException("no walk is under way");
    }

    @Override
    public boolean next() {
      throw new IllegalStateException("no walk is under way");
    }

    @Override
    public byte[] key() {
      throw new IllegalStateException("no walk is under way");
    }

    @Override
    public byte[] value() {
      throw new IllegalStateException("no walk is under way");
    }

    @Override
    public void close() {}
  };
}
