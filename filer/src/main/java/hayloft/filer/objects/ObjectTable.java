package hayloft.filer.objects;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.SpaceClaim;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.Bucket;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.ListQuery;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.filer.Precondition;
import hayloft.filer.Precondition.Verdict;
import hayloft.filer.PutOutcome;
import hayloft.filer.StoredBody;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.body.Bodies;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.Committer.Committed;
import hayloft.filer.commit.KeyStripes;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.keystore.NotInMemoryException;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.PartTable;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.objects.ObjectFinder.KeyState;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Objects and versions of all buckets. Thread-safe; what throws [IOException] waits.
///
/// Every mutation judges and commits under its key's stripe, so that what it saw still holds when its needle gets its
/// sequence: sequences of one key rise in the order in which its mutations were judged.
public final class ObjectTable {

  private final KeyStore store;
  private final Committer committer;
  private final KeyStripes stripes;
  private final Bodies bodies;
  private final LongFunction<Optional<Bucket>> buckets;
  private final InstantSource clock;
  private final Durability durability;
  private final ObjectFinder finder;

  /// @param buckets the bucket with an id as it is now; empty if it was deleted
  /// @param durability of mutations that come without one
  public ObjectTable(KeyStore store, Committer committer, KeyStripes stripes, Bodies bodies,
      LongFunction<Optional<Bucket>> buckets, InstantSource clock, Durability durability) {
    this.store = store;
    this.committer = committer;
    this.stripes = stripes;
    this.bodies = bodies;
    this.buckets = buckets;
    this.clock = clock;
    this.durability = durability;
    this.finder = new ObjectFinder(store, buckets);
  }

  public Lookup find(Bucket bucket, String key, VersionSelector which) throws IOException {
    return finder.lookup(bucket, key, which, Reach.DISK);
  }

  /// Empty if memory does not hold what it takes, or if it takes more than can be done in no time.
  public Optional<Lookup> findNow(Bucket bucket, String key, VersionSelector which) throws IOException {
    try {
      return Optional.of(finder.lookup(bucket, key, which, Reach.MEMORY));
    } catch (NotInMemoryException _) {
      return Optional.empty();
    }
  }

  public ObjectPage list(Bucket bucket, ListQuery query) throws IOException {
    return new ObjectListing(bucket, query, finder).page(store);
  }

  public VersionPage listVersions(Bucket bucket, VersionQuery query) throws IOException {
    return new VersionListing(bucket, query, finder).page(store);
  }

  /// Nothing exists in the bucket, neither a version nor a delete marker.
  public boolean isEmpty(Bucket bucket) throws IOException {
    var everything = new VersionQuery("", "", Optional.empty(), Optional.empty(), 1);
    return listVersions(bucket, everything).entries().isEmpty();
  }

  /// Takes the body, whatever comes of it.
  public PutOutcome put(Bucket bucket, String key, ObjectDraft draft, String etag, StoredBody body,
      Precondition condition, Durability putDurability) throws IOException {
    return switch (body) {
      case StoredBody.InMemory(ByteBuf bytes) -> putInline(bucket, key, draft, etag, bytes, condition, putDurability);
      case StoredBody.InChunks(long sizeBytes, List<Piece> chunks) -> {
        var owner = new Bodies.Owner(bucket.id(), key);
        var garbage = new ArrayList<>(chunks);
        try {
          Bodies.Rooted rooted = bodies.rooted(chunks, owner, putDurability);
          garbage.addAll(rooted.lists());
          PutOutcome outcome = commitObject(bucket, key, condition, putDurability, Unpooled.EMPTY_BUFFER,
              SpaceClaim.RESERVE,
              (now, nullVersion) -> VersionBody.object(nullVersion, now, sizeBytes, etag, draft, rooted.roots()));
          if (outcome instanceof PutOutcome.Stored) {
            if (!rooted.lists().isEmpty()) {
              bodies.claimed(garbage);
            }
            garbage.clear();
          }
          yield outcome;
        } finally {
          bodies.discard(garbage);
        }
      }
    };
  }

  /// The same without waiting. Takes the body unless it answers empty: then nothing has happened.
  ///
  /// @param rest runs what is left to do, which does not wait
  public Optional<CompletableFuture<PutOutcome>> putNow(Bucket bucket, String key, ObjectDraft draft, String etag,
      StoredBody body, Precondition condition, Durability putDurability, Executor rest) throws IOException {
    if (!(body instanceof StoredBody.InMemory(ByteBuf bytes))) {
      return Optional.empty();
    }
    KeyStripes.Hold hold = stripes.exclusiveNow(bucket.id(), key);
    if (hold == null) {
      return Optional.empty();
    }
    CompletableFuture<PutOutcome> outcome = null;
    boolean mayWait = false;
    try {
      outcome = putHeldNow(bucket, key, condition, bytes, putDurability, rest,
          (now, nullVersion) -> VersionBody.object(nullVersion, now, bytes.readableBytes(), etag, draft, List.of()));
      mayWait = outcome == null;
    } catch (NotInMemoryException _) {
      mayWait = true;
    } finally {
      if (outcome == null) {
        hold.close();
        if (!mayWait) {
          bytes.release();
        }
      }
    }
    return Optional.ofNullable(outcome).map(begun -> begun.whenComplete((_, _) -> {
      hold.close();
      bytes.release();
    }));
  }

  /// Null if the commit would have to wait. Borrows the data until it is over.
  private @Nullable CompletableFuture<PutOutcome> putHeldNow(Bucket bucket, String key, Precondition condition,
      ByteBuf data, Durability putDurability, Executor rest, VersionBody.Maker maker) throws IOException {
    return switch (judge(bucket, key, condition, Reach.MEMORY, maker)) {
      case Judged.Over(PutOutcome outcome) -> CompletableFuture.completedFuture(outcome);
      case Judged.ToCommit(Bucket now, VersionBody body, byte[] meta) -> {
        CompletableFuture<Committed> commit = committer.commitNow(meta, data.retainedDuplicate(), putDurability, rest);
        yield commit == null ? null : commit.thenApply(committed -> stored(now, key, body, committed));
      }
    };
  }

  private PutOutcome putInline(Bucket bucket, String key, ObjectDraft draft, String etag, ByteBuf bytes,
      Precondition condition, Durability putDurability) throws IOException {
    try {
      long sizeBytes = bytes.readableBytes();
      return commitObject(bucket, key, condition, putDurability, bytes, SpaceClaim.DATA,
          (now, nullVersion) -> VersionBody.object(nullVersion, now, sizeBytes, etag, draft, List.of()));
    } finally {
      bytes.release();
    }
  }

  /// Borrows the data.
  ///
  /// @param claim [SpaceClaim#RESERVE] if the object's data lies in needles of its own already
  private PutOutcome commitObject(Bucket bucket, String key, Precondition condition, Durability putDurability,
      ByteBuf data, SpaceClaim claim, VersionBody.Maker maker) throws IOException {
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      return commitObjectHeld(bucket, key, condition, putDurability, data, claim, maker);
    }
  }

  private PutOutcome commitObjectHeld(Bucket bucket, String key, Precondition condition, Durability putDurability,
      ByteBuf data, SpaceClaim claim, VersionBody.Maker maker) throws IOException {
    return switch (judge(bucket, key, condition, Reach.DISK, maker)) {
      case Judged.Over(PutOutcome outcome) -> outcome;
      case Judged.ToCommit(Bucket now, VersionBody body, byte[] meta) -> stored(now, key, body,
          committer.commit(meta, data.retainedDuplicate(), claim, putDurability));
    };
  }

  /// What became of a put before anything was written.
  private sealed interface Judged {
    record Over(PutOutcome outcome) implements Judged {}

    /// @param now the bucket as it is now
    record ToCommit(Bucket now, VersionBody body, byte[] meta) implements Judged {}
  }

  /// The caller holds the key's stripe, exclusively.
  private Judged judge(Bucket bucket, String key, Precondition condition, Reach reach, VersionBody.Maker maker)
      throws IOException {
    Optional<Bucket> present = buckets.apply(bucket.id());
    if (present.isEmpty()) {
      return new Judged.Over(new PutOutcome.BucketGone());
    }
    Bucket now = present.get();
    boolean nullVersion = now.versioning() != Versioning.ENABLED;
    boolean kills = false;
    if (nullVersion || !condition.equals(Precondition.NONE)) {
      KeyState before = finder.state(now, key, reach);
      Verdict verdict = condition.judge(objectOf(before.current()));
      if (verdict != Verdict.HOLDS) {
        return new Judged.Over(new PutOutcome.Refused(verdict));
      }
      kills = nullVersion && before.hasRows();
    }
    VersionBody body = maker.make(now(), nullVersion);
    return new Judged.ToCommit(now, body,
        MutationCodec.encode(new Mutation.PutVersion(now.id(), key, body), kills, now.ownerId()));
  }

  /// The caller still holds the key's stripe.
  private PutOutcome stored(Bucket now, String key, VersionBody body, Committed committed) {
    stripes.arrived(now.id());
    return new PutOutcome.Stored(VisibleVersion.object(now.id(), key, committed.sequence(), committed.needle(), body,
        body.attributes()));
  }

  /// Commits the version that completes an upload, or says why not. The caller holds the key's stripe, exclusively.
  ///
  /// @param parts what was uploaded
  /// @param maker of the body, which must name the upload
  public PutOutcome putCompleted(Bucket bucket, String key, Precondition condition, List<Piece> parts,
      VersionBody.Maker maker) throws IOException {
    Durability promised = bucket.durabilityOr(durability);
    committer.settle(promised, () -> volumesOf(parts)); // they may have been put with less
    return commitObjectHeld(bucket, key, condition, promised, Unpooled.EMPTY_BUFFER, SpaceClaim.RESERVE, maker);
  }

  private Set<Integer> volumesOf(VisibleVersion version) throws IOException {
    Set<Integer> volumes = volumesOf(version.body().pieces());
    volumes.add(version.needle().volume());
    version.body().partsNeedle().ifPresent(table -> volumes.add(table.needle().volume()));
    return volumes;
  }

  private Set<Integer> volumesOf(List<Piece> pieces) throws IOException {
    List<FileId> needles = new ArrayList<>();
    bodies.collectNeedles(pieces, needles);
    Set<Integer> volumes = new HashSet<>();
    needles.forEach(needle -> volumes.add(needle.volume()));
    return volumes;
  }

  private static @Nullable ObjectVersion objectOf(@Nullable VisibleVersion version) {
    return version == null || version.isMarker() ? null : version.object();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  public DeleteOutcome delete(Bucket bucket, String key, VersionSelector which, Precondition condition)
      throws IOException {
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      Optional<Bucket> present = buckets.apply(bucket.id());
      if (present.isEmpty()) {
        return new DeleteOutcome.BucketGone();
      }
      Durability promised = bucket.durabilityOr(durability);
      return switch (which) {
        case VersionSelector.Latest _ -> deleteCurrent(present.get(), key, condition, promised);
        case VersionSelector.Exactly(String id) -> erase(present.get(), key, id, condition, promised);
      };
    }
  }

  /// Does what [#delete] of the latest does if that is still the object with a sequence; false if it is not.
  public boolean deleteListed(Bucket bucket, String key, long sequence) throws IOException {
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      Optional<Bucket> present = buckets.apply(bucket.id());
      if (present.isEmpty()) {
        return false;
      }
      ObjectVersion current = objectOf(finder.state(present.get(), key, Reach.DISK).current());
      if (current == null || current.sequence() != sequence) {
        return false;
      }
      deleteCurrent(present.get(), key, Precondition.NONE, bucket.durabilityOr(durability));
      return true;
    }
  }

  /// Erases what a listing showed if it is still there and, if that was asked for, still hidden; false if not.
  ///
  /// @param hiddenBy the sequence of what was newest of the key: as long as that is there nobody sees what is older
  public boolean eraseListed(Bucket bucket, String key, VersionPage.Entry listed, OptionalLong hiddenBy)
      throws IOException {
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      Optional<Bucket> present = buckets.apply(bucket.id());
      if (present.isEmpty()) {
        return false;
      }
      VisibleVersion found = finder.find(present.get(), key, new VersionSelector.Exactly(listed.versionId()),
          Reach.DISK);
      if (found == null || found.sequence() != listed.sequence() || hiddenBy.isPresent()
          && finder.findBySequence(present.get(), key, hiddenBy.getAsLong()) == null) {
        return false;
      }
      var mutation = new Mutation.EraseVersion(bucket.id(), key, found.sequence(), now());
      committer.commit(MutationCodec.encode(mutation, true, present.get().ownerId()), bucket.durabilityOr(durability));
      return true;
    }
  }

  /// Makes sure that nothing is there in a bucket without versions, whether anything is known to be there or not.
  /// Answers the sequence of the tombstone; 0 if the bucket is gone, or has versions.
  public long bury(Bucket bucket, String key) throws IOException {
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      Optional<Bucket> present = buckets.apply(bucket.id());
      if (present.isEmpty() || present.get().versioning() != Versioning.UNVERSIONED) {
        return 0;
      }
      return commitAbsence(present.get(), key, VersionKind.TOMBSTONE, true, true, bucket.durabilityOr(durability))
          .sequence();
    }
  }

  private DeleteOutcome deleteCurrent(Bucket bucket, String key, Precondition condition, Durability promised)
      throws IOException {
    KeyState before = bucket.versioning() == Versioning.ENABLED && condition.equals(Precondition.NONE)
        ? new KeyState(false, null)
        : finder.state(bucket, key, Reach.DISK);
    Verdict verdict = condition.judge(objectOf(before.current()));
    if (verdict != Verdict.HOLDS) {
      return new DeleteOutcome.Refused(verdict);
    }
    return switch (bucket.versioning()) {
      case UNVERSIONED -> {
        if (before.current() != null) {
          commitAbsence(bucket, key, VersionKind.TOMBSTONE, true, true, promised);
        }
        yield new DeleteOutcome.Deleted(Optional.empty(), false);
      }
      case ENABLED -> {
        Committed marker = commitAbsence(bucket, key, VersionKind.DELETE_MARKER, false, false, promised);
        yield new DeleteOutcome.Deleted(Optional.of(VersionIds.of(marker.sequence())), true);
      }
      case SUSPENDED -> {
        commitAbsence(bucket, key, VersionKind.DELETE_MARKER, true, before.hasRows(), promised);
        yield new DeleteOutcome.Deleted(Optional.of(VersionIds.NULL), true);
      }
    };
  }

  private Committed commitAbsence(Bucket bucket, String key, VersionKind kind, boolean nullVersion, boolean kills,
      Durability promised) throws IOException {
    VersionBody body = VersionBody.absence(kind, nullVersion, now());
    Committed committed = committer.commit(
        MutationCodec.encode(new Mutation.PutVersion(bucket.id(), key, body), kills, bucket.ownerId()), promised);
    if (kind == VersionKind.DELETE_MARKER) {
      stripes.arrived(bucket.id());
    }
    return committed;
  }

  private DeleteOutcome erase(Bucket bucket, String key, String versionId, Precondition condition, Durability promised)
      throws IOException {
    VisibleVersion found = finder.find(bucket, key, new VersionSelector.Exactly(versionId), Reach.DISK);
    Verdict verdict = condition.judge(objectOf(found));
    if (verdict != Verdict.HOLDS) {
      return new DeleteOutcome.Refused(verdict);
    }
    if (found != null) {
      var mutation = new Mutation.EraseVersion(bucket.id(), key, found.sequence(), now());
      committer.commit(MutationCodec.encode(mutation, true, bucket.ownerId()), promised);
    }
    Optional<String> shown = bucket.versioning() == Versioning.UNVERSIONED ? Optional.empty() : Optional.of(versionId);
    return new DeleteOutcome.Deleted(shown, found != null && found.isMarker());
  }

  public Lookup setTags(Bucket bucket, String key, VersionSelector which, Map<String, String> tags)
      throws IOException {
    return change(bucket, key, which, found -> new Mutation.SetTags(bucket.id(), key, found.sequence(), now(), tags),
        VisibleVersion::retagged);
  }

  /// @param acl from the version that is changed
  public Lookup setAcl(Bucket bucket, String key, VersionSelector which, Function<ObjectVersion, String> acl)
      throws IOException {
    return change(bucket, key, which,
        found -> new Mutation.SetAcl(bucket.id(), key, found.sequence(), now(), acl.apply(found.object())),
        VisibleVersion::relisted);
  }

  /// Gives an object a facet.
  ///
  /// @param kills whether the facet replaces an older one
  private Lookup change(Bucket bucket, String key, VersionSelector which,
      Function<VisibleVersion, Mutation> mutation, Predicate<VisibleVersion> kills) throws IOException {
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      Optional<Bucket> present = buckets.apply(bucket.id());
      VisibleVersion found = present.isEmpty() ? null : finder.find(present.get(), key, which, Reach.DISK);
      if (found != null && !found.isMarker()) {
        byte[] meta = MutationCodec.encode(mutation.apply(found), kills.test(found), bucket.ownerId());
        Durability promised = bucket.durabilityOr(durability);
        VisibleVersion version = found;
        committer.settle(promised, () -> volumesOf(version)); // it may have been put with less
        committer.commit(meta, promised);
      }
      return find(bucket, key, which);
    }
  }

  public List<Part> parts(ObjectVersion version) throws IOException {
    if (version.partCount() == 0) {
      return List.of();
    }
    byte[] value = store.get(RowKeys.facet(version.bucketId(), version.key().getBytes(StandardCharsets.UTF_8),
        version.sequence(), Facet.VERSION, version.sequence()));
    if (value == null) {
      throw new IOException("version " + version.versionId() + " of " + version.key() + " was deleted meanwhile");
    }
    VersionBody body = VersionBody.read(RowValue.body(value), "");
    if (body.partsNeedle().isEmpty()) {
      return body.parts();
    }
    Piece table = body.partsNeedle().get();
    byte[] bytes = bodies.readOwn(table.needle())
        .orElseThrow(() -> new IOException("part table in needle " + table.needle() + " is missing"));
    return PartTable.decode(bytes, body.modified());
  }

  /// The object with a sequence if it exists, null version or not.
  public Optional<ObjectVersion> findBySequence(Bucket bucket, String key, long sequence) throws IOException {
    return Optional.ofNullable(objectOf(finder.findBySequence(bucket, key, sequence)));
  }
}
