package hayloft.filer.audit;

import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.Bucket;
import hayloft.filer.audit.Finding.Kind;
import hayloft.filer.body.Bodies;
import hayloft.filer.gc.Collector;
import hayloft.filer.gc.UnreadableListException;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.losses.Losses;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.rows.DerivedRows;
import hayloft.filer.rows.MutationRows;
import hayloft.filer.rows.RowKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Compares live needles with the rows that must follow from them, both ways, while the catalog works. Used once, by
/// one thread.
///
/// **Needles to rows:** the volumes are scanned, each commit needle's rows are made again as a replay would and looked
/// up; each chunk must be referred to by its owner's rows, or wait for a commit. **Rows to needles:** each row's
/// needles must be live.
///
/// Commits and collections go on meanwhile, so what looks wrong is only a suspect. Suspects are looked at once more at
/// a moment at which every commit that was under way has ended and the collector stands still: then a live needle has
/// its rows, and a row its needles.
public final class CatalogAudit {

  private static final int MOST_SUSPECTS = 100_000;
  private static final int OWNERS_REMEMBERED = 64;
  private static final int NEEDLE_OVERHEAD_BYTES = 56;
  private static final int ROWS_A_STEP = 4096;

  private final KeyStore store;
  private final VolumeClient volumes;
  private final Collector collector;
  private final Losses losses;
  private final RowNeedles needles;
  private final RowNames names;
  private final Unseen unseen;
  private final Watcher watcher;
  private final List<Suspect> suspects = new ArrayList<>();
  private final List<Finding> damages = new ArrayList<>();
  private final Map<Character, Long> rowCounts = new TreeMap<>();
  private final Map<String, Set<FileId>> references = new LinkedHashMap<>(16, 0.75f, true);
  /// Owners of chunks one of whose lists cannot be read.
  private final Set<String> unreadable = new HashSet<>();
  private Set<Integer> chosen = Set.of();
  private long mutations;
  private long chunks;
  private long pendingChunks;

  /// Is told how far the audit is, and what it found.
  public interface Watcher {
    /// @param total 0 if it is not known
    /// @throws InterruptedIOException ends the audit
    void progress(String doing, long done, long total, String unit) throws InterruptedIOException;

    void found(Finding finding);
  }

  /// @param row null for a chunk that nothing refers to
  private record Suspect(Kind kind, FileId needle, byte @Nullable [] row, String whose, long bytes, long bucketId,
      String key) {}

  public CatalogAudit(KeyStore store, VolumeClient volumes, Bodies bodies, Collector collector, Losses losses,
      LongFunction<Optional<Bucket>> buckets, Watcher watcher) {
    this.store = store;
    this.volumes = volumes;
    this.collector = collector;
    this.losses = losses;
    this.needles = new RowNeedles(bodies);
    this.names = new RowNames(buckets);
    this.unseen = new Unseen(store, volumes, buckets);
    this.watcher = watcher;
  }

  /// @param only needles of these volumes, and the rows that need them; empty for all
  public AuditReport run(Set<Integer> only) throws IOException {
    chosen = Set.copyOf(only);
    scanNeedles();
    scanRows();
    for (Losses.Loss loss : losses.all()) {
      if (isChosen(loss.truth().volume())) {
        damages.add(new Finding(Kind.TRUTH_LOST, new NeedleAt(loss.truth().volume(), loss.truth().needleKey()),
            loss.toString()));
      }
    }
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    long[] unnamedBytes = {0};
    damages.forEach(damage -> tell(damage, counts));
    watcher.progress("looking at suspects once more", 0, suspects.size(), "suspects");
    collector.betweenPasses(() -> {
      for (Suspect suspect : suspects) {
        if (isStillWrong(suspect)) {
          if (suspect.kind() == Kind.CHUNK_UNNAMED) {
            unnamedBytes[0] += suspect.bytes();
          }
          tell(new Finding(suspect.kind(), NeedleAt.of(suspect.needle()), suspect.whose()), counts);
        }
      }
    });
    return new AuditReport(mutations, chunks, pendingChunks, rowCounts, counts, unnamedBytes[0],
        suspects.size() < MOST_SUSPECTS);
  }

  private void tell(Finding finding, Map<Kind, Long> counts) {
    counts.merge(finding.kind(), 1L, Long::sum);
    watcher.found(finding);
  }

  private boolean isChosen(int volume) {
    return chosen.isEmpty() || chosen.contains(volume);
  }

  private void suspect(Suspect suspect) {
    if (suspects.size() < MOST_SUSPECTS) {
      suspects.add(suspect);
    }
  }

  private void scanNeedles() throws IOException {
    List<VolumePosition> ends = volumes.ends().stream().filter(end -> isChosen(end.volume())).toList();
    long total = ends.stream().mapToLong(VolumePosition::offsetBytes).sum();
    long[] done = {0};
    for (VolumePosition end : ends) {
      long before = done[0];
      watcher.progress("needles of volume " + end.volume(), done[0], total, "bytes");
      volumes.scan(VolumePosition.start(end.volume()), new NeedleVisitor() {
        @Override
        public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException {
          done[0] += NEEDLE_OVERHEAD_BYTES + meta.readableBytes() + (long) dataBytes;
          watcher.progress("needles of volume " + end.volume(), Math.min(done[0], total), total, "bytes");
          look(id, kind, sequence, ByteBufUtil.getBytes(meta), dataBytes);
        }

        @Override
        public void damaged(DamagedNeedle needle) {
          damages.add(new Finding(Kind.DAMAGED, new NeedleAt(needle.at().volume(), needle.key()), needle.what()));
        }
      });
      done[0] = before + end.offsetBytes();
    }
  }

  private void look(FileId id, NeedleKind kind, long sequence, byte[] meta, int dataBytes) throws IOException {
    try {
      if (kind != NeedleKind.BLOB) {
        MutationCodec.requireUnderstood(kind, meta);
      }
      switch (kind) {
        case COMMIT -> lookAtCommit(id, sequence, meta);
        case CHUNK -> lookAtChunk(id, Envelope.read(meta), dataBytes);
        case BLOB, BOOK, VOID -> {
          // not the catalog's
        }
      }
    } catch (MalformedMutationException e) {
      damages.add(new Finding(Kind.DAMAGED, NeedleAt.of(id), "cannot be understood: " + e.getMessage()));
    }
  }

  private void lookAtCommit(FileId id, long sequence, byte[] meta) throws IOException {
    mutations++;
    var batch = new KeyBatch();
    MutationRows.add(batch, id, sequence, meta);
    for (int i = 0; i < batch.count(); i++) {
      byte[] row = batch.key(i);
      byte[] expected = batch.value(i);
      if (expected == null || !isDerived(row[0])) {
        continue;
      }
      byte[] found = DerivedRows.get(store, row);
      if (found == null) {
        suspect(new Suspect(Kind.ROW_MISSING, id, row, names.of(row), 0, 0, ""));
      } else if (!Arrays.equals(found, expected)) {
        suspect(new Suspect(Kind.ROW_DIFFERS, id, row, names.of(row), 0, 0, ""));
      }
    }
  }

  private static boolean isDerived(byte table) {
    for (byte derived : RowKeys.DERIVED_TABLES) {
      if (derived == table) {
        return true;
      }
    }
    return false;
  }

  private void lookAtChunk(FileId id, Envelope owner, int dataBytes) throws IOException {
    chunks++;
    if (store.get(RowKeys.chunk(id.volume(), id.key())) != null) {
      pendingChunks++;
      return;
    }
    String key = new String(owner.key(), StandardCharsets.UTF_8);
    String name = owner.bucketId() + "/" + key;
    Set<FileId> referred = references.get(name);
    if (unreadable.contains(name)) {
      pendingChunks++;
      return;
    }
    if (referred == null || !referred.contains(id)) { // the object may be newer than what is remembered of it
      try {
        referred = collector.referenced(owner.bucketId(), key);
      } catch (UnreadableListException e) {
        if (e.isBusy()) {
          throw e;
        }
        unreadable.add(name); // a finding of its own, by its row: what it names is not known
        pendingChunks++;
        return;
      }
      references.put(name, referred);
      if (references.size() > OWNERS_REMEMBERED) {
        references.remove(references.keySet().iterator().next());
      }
    }
    if (!referred.contains(id)) {
      suspect(new Suspect(Kind.CHUNK_UNNAMED, id, null, "chunk of " + names.object(owner.bucketId(), owner.key()),
          dataBytes, owner.bucketId(), key));
    }
  }

  private void scanRows() throws IOException {
    var seen = new AtomicLong();
    long estimated = store.sizes().rows();
    DerivedRows.Visitor counted = (row, value) -> {
      long before = seen.getAndIncrement();
      if (before % ROWS_A_STEP == 0) {
        watcher.progress("rows", Math.min(before + 1, estimated), estimated, "rows");
      }
      lookAtOwnNeedle(row, value);
    };
    DerivedRows.forEach(store, (row, value) -> {
      counted.row(row, value);
      lookAtBody(row, value);
    }, counted);
  }

  private void lookAtOwnNeedle(byte[] row, byte[] value) {
    FileId own = RowNeedles.own(row, value);
    if (isChosen(own.volume())) {
      rowCounts.merge((char) row[0], 1L, Long::sum);
      if (!volumes.holds(own)) {
        suspect(new Suspect(Kind.ROW_WITHOUT_NEEDLE, own, row, names.of(row), 0, 0, ""));
      }
    }
  }

  /// Of a row whose own needle is gone nothing more is said.
  private void lookAtBody(byte[] row, byte[] value) throws IOException {
    FileId own = RowNeedles.own(row, value);
    if (isChosen(own.volume()) && !volumes.holds(own)) {
      return;
    }
    for (FileId piece : bodyNeedles(row, value)) {
      if (isChosen(piece.volume()) && !volumes.holds(piece)) {
        suspect(new Suspect(Kind.CHUNK_MISSING, piece, row, names.of(row), 0, 0, ""));
      }
    }
  }

  private List<FileId> bodyNeedles(byte[] row, byte[] value) throws IOException {
    try {
      return needles.ofBody(row, value);
    } catch (CorruptNeedleException e) {
      damages.add(new Finding(Kind.DAMAGED, NeedleAt.of(RowNeedles.own(row, value)),
          "the list of chunks of " + names.of(row) + ": " + e.getMessage()));
      return List.of();
    }
  }

  private boolean isStillWrong(Suspect suspect) throws IOException {
    byte[] row = suspect.row();
    return switch (suspect.kind()) {
      case ROW_MISSING -> volumes.holds(suspect.needle()) && row != null && DerivedRows.get(store, row) == null;
      case ROW_DIFFERS -> {
        byte[] value = row == null ? null : DerivedRows.get(store, row);
        yield row != null && value != null && volumes.holds(suspect.needle());
      }
      case ROW_WITHOUT_NEEDLE -> row != null && DerivedRows.get(store, row) != null && !volumes.holds(suspect.needle())
          && !unseen.isForgotten(row, suspect.needle());
      case CHUNK_MISSING -> {
        byte[] value = row == null ? null : store.get(row); // it may be settled by now
        yield row != null && value != null && bodyNeedles(row, value).contains(suspect.needle())
            && !volumes.holds(suspect.needle()) && !unseen.isForgotten(row, suspect.needle());
      }
      case CHUNK_UNNAMED -> volumes.holds(suspect.needle())
          && store.get(RowKeys.chunk(suspect.needle().volume(), suspect.needle().key())) == null
          && !unreadable.contains(suspect.bucketId() + "/" + suspect.key())
          && !collector.referenced(suspect.bucketId(), suspect.key()).contains(suspect.needle());
      case DAMAGED, TRUTH_LOST -> true;
    };
  }
}
