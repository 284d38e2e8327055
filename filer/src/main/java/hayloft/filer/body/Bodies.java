package hayloft.filer.body;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.memory.BufferMemory;
import hayloft.common.memory.Claims;
import hayloft.common.metrics.StageClock;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.BodyLocation;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.BodyReader;
import hayloft.filer.BodyWriter;
import hayloft.filer.ObjectVersion;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.commit.FailStop;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.Pieces;
import hayloft.filer.rows.RowKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes, reads and discards bodies. Thread-safe; waits, but for [#readNow].
///
/// The pieces of a body form a tree: a list that is too long for a commit needle's meta is cut into needles that hold
/// lists, and those again. A list is written after what it names.
public final class Bodies {

  private static final EventLog LOG = EventLog.of(Bodies.class);

  private static final int CLAIMED_AT_ONCE = 4096;

  private final VolumeClient volumes;
  private final Committer committer;
  private final DeadMarks marks;
  private final KeyStore store;
  private final FailStop failStop;
  private final InstantSource clock;
  private final BodyConfig config;
  private final ReadPins pins;
  private final BufferMemory memory;
  private final ChunkSizes chunkSizes;

  public Bodies(VolumeClient volumes, Committer committer, DeadMarks marks, KeyStore store, FailStop failStop,
      InstantSource clock,
      BodyConfig config, ReadPins pins, BufferMemory memory) {
    this.volumes = volumes;
    this.committer = committer;
    this.marks = marks;
    this.store = store;
    this.failStop = failStop;
    this.clock = clock;
    this.config = config;
    this.pins = pins;
    this.memory = memory;
    chunkSizes = new ChunkSizes(config.chunkBytes(), config.memoryBytes(), memory);
  }

  /// Whose a body is.
  public record Owner(long bucketId, String key) {}

  /// A list of pieces that fits into a commit needle.
  ///
  /// @param roots for the needle
  /// @param lists needles that were written to make it so
  public record Rooted(List<Piece> roots, List<Piece> lists) {}

  /// @param claims where the writer counts what it keeps
  public BodyWriter writer(Owner owner, Durability durability, Claims claims) {
    return new ChunkingWriter(this, owner, durability, chunkSizes, claims);
  }

  public BodyReader reader(ObjectVersion version, ByteRange range) {
    if (range.to() > version.sizeBytes()) {
      throw new IllegalArgumentException(
          "bytes up to " + range.to() + " of an object of " + version.sizeBytes() + " bytes");
    }
    return switch (version.body()) {
      case BodyLocation.Inline(FileId needle) -> new PieceReader(this,
          List.of(new Piece(needle, version.sizeBytes(), false)), range,
          range.lengthBytes() <= BodyReader.SCARCE_PIECE_BYTES ? ReadPins.Pin.NONE : pins.pin(version.sequence()));
      case BodyLocation.Chunks(FileId _, List<Piece> pieces) -> new PieceReader(this, pieces, range,
          pins.pin(version.sequence()));
    };
  }

  /// Bytes of one needle, all that were asked for, if memory holds them and there is room for them: a client may take
  /// its time to read them. Null if not, or if something else has to be said of them, which [#readFully] does.
  @Nullable
  ByteBuf readNow(FileId needle, long from, int lengthBytes) throws IOException {
    if (memory.isAtLeast(BufferMemory.Level.EXHAUSTED)) {
      return null;
    }
    long started = StageClock.start();
    ReadResult result = volumes.readNow(needle, from, lengthBytes);
    StageClock.stop(StageClock.Stage.READ, started);
    return switch (result) {
      case ReadResult.Found(ByteBuf data) when data.readableBytes() == lengthBytes -> data;
      case ReadResult.Found(ByteBuf data) -> {
        data.release();
        yield null;
      }
      case ReadResult.Absent _,ReadResult.NotCached _ -> null;
    };
  }

  /// What is best read at once: smaller pieces while memory is scarce. Ends of pieces are ends of checksum blocks.
  int pieceBytes() {
    return memory.isAtLeast(BufferMemory.Level.SCARCE) ? BodyReader.SCARCE_PIECE_BYTES : BodyReader.PIECE_BYTES;
  }

  /// Bytes of one needle, all that were asked for.
  ByteBuf readFully(FileId needle, long from, int lengthBytes) throws IOException {
    long started = StageClock.start();
    ReadResult result = volumes.read(needle, from, lengthBytes);
    StageClock.stop(StageClock.Stage.READ, started);
    switch (result) {
      case ReadResult.Found(ByteBuf data) -> {
        if (data.readableBytes() == lengthBytes) {
          return data;
        }
        int foundBytes = data.readableBytes();
        data.release();
        throw new IOException("needle " + needle + ": found " + foundBytes + " bytes at " + from + ", expected "
            + lengthBytes);
      }
      case ReadResult.Absent _ -> throw new IOException("needle " + needle + " is missing");
      case ReadResult.NotCached _ -> throw new IllegalStateException("a waiting read answered not cached");
    }
  }

  /// Makes a list short enough for a commit needle, writing needles of lists where it is not.
  public Rooted rooted(List<Piece> pieces, Owner owner, Durability durability) throws IOException {
    List<Piece> roots = pieces;
    var lists = new ArrayList<Piece>();
    try {
      while (roots.size() > config.inlinePieces()) {
        var shorter = new ArrayList<Piece>();
        for (int from = 0; from < roots.size(); from += config.listPieces()) {
          List<Piece> named = roots.subList(from, Math.min(roots.size(), from + config.listPieces()));
          Piece list = writeList(named, owner, durability);
          lists.add(list);
          shorter.add(list);
        }
        roots = shorter;
      }
    } catch (IOException e) {
      discard(lists);
      throw e;
    }
    return new Rooted(roots, lists);
  }

  private Piece writeList(List<Piece> named, Owner owner, Durability durability) throws IOException {
    long sizeBytes = 0;
    for (Piece piece : named) {
      sizeBytes += piece.sizeBytes();
    }
    FileId needle = writeNeedle(Unpooled.wrappedBuffer(Pieces.encode(named)), owner, durability);
    return new Piece(needle, sizeBytes, true);
  }

  /// Writes bytes as a needle that some commit will refer to. Takes the buffer.
  public FileId writeNeedle(ByteBuf data, Owner owner, Durability durability) throws IOException {
    byte[] meta = MutationCodec.encode(new Mutation.Chunk(owner.bucketId(), owner.key(), clock.instant()), false, "");
    return committer.chunk(meta, data, durability);
  }

  /// The whole data of a needle that was written for the catalog's own use; empty if it is dead.
  public Optional<byte[]> readOwn(FileId needle) throws IOException {
    return switch (volumes.read(needle, 0, NeedleDraft.MAX_DATA_BYTES)) {
      case ReadResult.Found(ByteBuf data) -> {
        byte[] bytes = ByteBufUtil.getBytes(data);
        data.release();
        yield Optional.of(bytes);
      }
      case ReadResult.Absent _ -> Optional.empty();
      case ReadResult.NotCached _ -> throw new IllegalStateException("a waiting read answered not cached");
    };
  }

  List<Piece> readList(Piece list) throws IOException {
    byte[] bytes = readOwn(list.needle())
        .orElseThrow(() -> new IOException("list of pieces in needle " + list.needle() + " is missing"));
    return Pieces.decode(bytes);
  }

  /// Adds every needle of a tree, a list after what it names. A list that is gone was marked dead after what it named,
  /// so nothing is missed.
  public void collectNeedles(List<Piece> pieces, Collection<FileId> into) throws IOException {
    for (Piece piece : pieces) {
      if (piece.isList()) {
        Optional<byte[]> named = readOwn(piece.needle());
        if (named.isPresent()) {
          collectNeedles(Pieces.decode(named.get()), into);
        }
      }
      into.add(piece.needle());
    }
  }

  /// A commit refers to these needles, through lists: they need no row in C any more. Those that the commit names
  /// itself have lost theirs with it. What fails, or a crash comes before, the collector finds out at the next start.
  public void claimed(List<Piece> pieces) {
    var batch = new KeyBatch();
    try {
      for (Piece piece : pieces) {
        batch.delete(RowKeys.chunk(piece.needle().volume(), piece.needle().key()));
        if (batch.count() == CLAIMED_AT_ONCE) {
          store.write(batch);
          batch.clear();
        }
      }
      if (!batch.isEmpty()) {
        store.write(batch);
      }
    } catch (IOException e) {
      LOG.debug("chunks.notClaimed").say(e); // the store says more if it is broken
    }
  }

  /// Marks chunks dead that no commit refers to. What fails is left to the collector of a later epoch. Does nothing
  /// once the catalog has stopped: then it is not known which commits are there.
  public void discard(List<Piece> pieces) {
    if (pieces.isEmpty() || failStop.isTripped()) {
      return;
    }
    Map<Integer, List<Long>> keysByVolume = new TreeMap<>();
    var batch = new KeyBatch();
    for (Piece piece : pieces) {
      FileId needle = piece.needle();
      keysByVolume.computeIfAbsent(needle.volume(), _ -> new ArrayList<>()).add(needle.key());
      batch.delete(RowKeys.chunk(needle.volume(), needle.key()));
    }
    try {
      marks.mark(keysByVolume);
      store.write(batch);
    } catch (IOException e) {
      LOG.warning("chunks.discardFailed").with("chunks", pieces.size()).say(e);
    }
  }
}
