package hayloft.filer.objects;

import hayloft.common.FileId;
import hayloft.filer.ObjectDraft;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.keystore.NotInMemoryException;
import hayloft.filer.mutation.AclBody;
import hayloft.filer.mutation.TagsBody;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.objects.HiddenVersions.Stretch;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Walks the rows of objects and says which versions exist. Confined to one thread; borrows the cursor.
///
/// What a reader makes of a key's rows, newest version first: a version with an `erased` facet does not exist; of
/// versions with the null id only the newest may exist, and it hides the others even if it was erased itself; a
/// tombstone is a null version that is never seen. The first that exists is the current one.
///
/// A bucket that never was versioned has null versions only, so a key's first version decides, and the others are not
/// looked at. Elsewhere many versions in a row that do not exist are walked over once and then remembered
/// ([HiddenVersions]).
final class VersionWalk {

  private static final int STEPS_BEFORE_SEEK = 4;
  /// So many rows without a pause: some 0.3 ms.
  private static final int ROWS_BETWEEN_PAUSES = 512;
  /// A walk in memory is somebody's who must not wait: more rows are left to those who may. Some 50 us.
  private static final int ROWS_WITHOUT_WAITING = 64;
  private static final int HIDDEN_BEFORE_ASKING = 8;
  private static final int HIDDEN_WORTH_REMEMBERING = 32;

  private final KeyCursor rows;
  private final String bucketOwner;
  private final BooleanSupplier neverVersioned;
  private final HiddenVersions hiddenVersions;
  private final boolean mayWait;
  private final Detail detail;
  private @Nullable Boolean onlyNulls; // null until somebody asks
  private @Nullable ObjectRow row; // the row under the cursor, null behind the last
  private boolean stepDue; // the row was used up; stepping on is put off, because often nobody asks for the next
  private boolean nullSeen;
  private int rowsWalked;

  // the versions just passed that do not exist, all of one key
  private int hiddenCount;
  private long newestHidden;
  private long oldestHidden;
  private boolean hiddenNull;
  private @Nullable Stretch known;

  /// How much of a version is read.
  enum Detail {
    ALL,
    /// What listings show: what a client stored beside the bytes may be many times as large.
    SHOWN
  }

  /// @param neverVersioned whether the bucket has null versions only; asked after rows were read, and must be true of
  ///     them
  VersionWalk(KeyCursor rows, String bucketOwner, BooleanSupplier neverVersioned, HiddenVersions hiddenVersions,
      Reach reach, Detail detail) {
    this.rows = rows;
    this.bucketOwner = bucketOwner;
    this.neverVersioned = neverVersioned;
    this.hiddenVersions = hiddenVersions;
    mayWait = reach == Reach.DISK;
    this.detail = detail;
  }

  /// Moves to the first row at or after some row key, which must be a key's first or a version's first.
  boolean seek(byte[] rowKey) throws IOException {
    hiddenCount = 0;
    nullSeen = false;
    moveTo(rowKey);
    return row != null;
  }

  /// The same, where it is known of the newer versions of the key whether a null version is among them.
  void seekWithin(byte[] rowKey, boolean afterNull) throws IOException {
    seek(rowKey);
    nullSeen = afterNull;
  }

  private void moveTo(byte[] rowKey) throws IOException {
    countRow();
    row = rows.seek(rowKey) ? new ObjectRow(rows.key()) : null;
    stepDue = false;
  }

  private void step() throws IOException {
    countRow();
    row = rows.next() ? new ObjectRow(rows.key()) : null;
  }

  private void countRow() throws NotInMemoryException {
    rowsWalked++;
    if (!mayWait && rowsWalked > ROWS_WITHOUT_WAITING) {
      throw new NotInMemoryException();
    }
    if (rowsWalked % ROWS_BETWEEN_PAUSES == 0) {
      Thread.yield(); // a virtual thread that walks for long would keep its carrier from all others
    }
  }

  /// The row under the cursor; null at the end.
  @Nullable
  ObjectRow row() throws IOException {
    if (stepDue) {
      stepDue = false;
      step();
    }
    return row;
  }

  /// The next version of a key that exists, null if the key has none left; then [#leaveKey] is the only way on.
  @Nullable
  VisibleVersion nextVisible(ObjectRow ofKey) throws IOException {
    while (true) {
      ObjectRow first = row();
      if (first == null || !first.isOfSameKey(ofKey) || nullSeen && hasOnlyNulls()) {
        endOfHidden(ofKey);
        return null;
      }
      VisibleVersion version = nextVersion(first);
      if (version != null) {
        endOfHidden(ofKey);
        return version;
      }
    }
  }

  private boolean hasOnlyNulls() {
    Boolean answer = onlyNulls;
    if (answer == null) {
      answer = neverVersioned.getAsBoolean();
      onlyNulls = answer;
    }
    return answer;
  }

  /// Reads one version's facets, whichever the cursor stands on. Null if it does not exist.
  @Nullable
  VisibleVersion nextVersion(ObjectRow first) throws IOException {
    boolean erased = false;
    byte[] tags = null;
    byte[] acl = null;
    byte[] value = null;
    ObjectRow at = first;
    while (at != null && at.version() == first.version() && at.isOfSameKey(first)) {
      switch (at.facet()) {
        case Facet.ERASED -> erased = true;
        case Facet.TAGS -> tags = tags == null && detail == Detail.ALL ? rows.value() : tags;
        case Facet.ACL -> acl = acl == null && detail == Detail.ALL ? rows.value() : acl;
        case Facet.VERSION -> {
          value = rows.value();
          stepDue = true; // the last facet of its version
        }
      }
      if (stepDue) {
        break;
      }
      step();
      at = row;
    }
    if (value == null) { // its needle is dead or damaged: facets alone make no version
      endOfHidden(first);
      return null;
    }
    if (erased || nullSeen) { // then most of the body need not be read
      boolean isNull = VersionBody.isNullVersion(RowValue.body(value));
      if (erased || isNull) {
        nullSeen |= isNull;
        hidden(first, isNull);
        return null;
      }
    }
    VersionBody body = detail == Detail.ALL
        ? VersionBody.read(RowValue.body(value), bucketOwner)
        : VersionBody.readShown(RowValue.body(value), bucketOwner);
    nullSeen |= body.nullVersion();
    if (body.kind() == VersionKind.TOMBSTONE) {
      hidden(first, body.nullVersion());
      return null;
    }
    FileId needle = RowValue.needle(value);
    ObjectDraft attributes = body.attributes();
    if (tags != null) {
      attributes = attributes.withTags(TagsBody.read(RowValue.body(tags)).tags());
    }
    if (acl != null) {
      attributes = attributes.withAcl(AclBody.read(RowValue.body(acl)).acl());
    }
    return new VisibleVersion(first, needle, body, attributes, tags != null, acl != null, detail == Detail.ALL);
  }

  private void hidden(ObjectRow first, boolean isNull) throws IOException {
    if (hiddenCount == 0) {
      newestHidden = first.version();
      hiddenNull = false;
      known = null;
    }
    oldestHidden = first.version();
    hiddenNull |= isNull;
    if (++hiddenCount == HIDDEN_BEFORE_ASKING) {
      known = hiddenVersions.of(first.bucketId(), first.keyText());
    }
    Stretch stretch = known;
    if (stretch != null && stretch.leadsOnFrom(oldestHidden)) {
      known = null;
      newestHidden = Math.max(newestHidden, stretch.newest()); // the walk may have begun within it
      oldestHidden = stretch.oldest();
      hiddenNull |= stretch.hasNull();
      nullSeen |= stretch.hasNull();
      hiddenCount = Math.max(hiddenCount, HIDDEN_WORTH_REMEMBERING);
      moveTo(RowKeys.after(RowKeys.version(first.bucketId(), first.key(), oldestHidden)));
    }
  }

  private void endOfHidden(ObjectRow ofKey) {
    if (hiddenCount >= HIDDEN_WORTH_REMEMBERING) {
      hiddenVersions.remember(ofKey.bucketId(), ofKey.keyText(), new Stretch(newestHidden, oldestHidden, hiddenNull));
    }
    hiddenCount = 0;
  }

  boolean nullSeen() {
    return nullSeen;
  }

  /// The sequence of the newest null version of a key, be it that it exists or not; empty if there is none. The cursor
  /// stands on the key's first row, and somewhere afterwards.
  OptionalLong newestNull(ObjectRow ofKey) throws IOException {
    for (ObjectRow at = row(); at != null && at.isOfSameKey(ofKey); at = row) {
      if (at.facet() == Facet.VERSION && VersionBody.isNullVersion(RowValue.body(rows.value()))) {
        return OptionalLong.of(at.version());
      }
      step();
    }
    return OptionalLong.empty();
  }

  /// Moves to the first row of the next key.
  void leaveKey(ObjectRow ofKey) throws IOException {
    nullSeen = false;
    hiddenCount = 0;
    for (int steps = 0; steps < STEPS_BEFORE_SEEK; steps++) {
      ObjectRow at = row();
      if (at == null || !at.isOfSameKey(ofKey)) {
        return;
      }
      step();
    }
    ObjectRow at = row();
    if (at != null && at.isOfSameKey(ofKey)) {
      seek(ofKey.afterKey());
    }
  }
}
