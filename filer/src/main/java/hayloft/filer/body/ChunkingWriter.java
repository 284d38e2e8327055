package hayloft.filer.body;

import hayloft.common.Durability;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.memory.GatheredBytes;
import hayloft.common.metrics.StageClock;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.BodyWriter;
import hayloft.filer.StoredBody;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Cuts a body into chunks: one is being filled, one being written. Confined to one virtual thread.
///
/// How large a chunk is depends on how many bodies come in ([ChunkSizes]). It is written only once a further byte has
/// come, so that a body of exactly one chunk stays in memory and travels in its commit needle.
final class ChunkingWriter implements BodyWriter {

  private final Bodies bodies;
  private final Bodies.Owner owner;
  private final Durability durability;
  private final ChunkSizes sizes;
  private final List<Piece> pieces = new ArrayList<>();
  private final Claims claims;
  private Claim claim; // for what is being filled; what is being written has the one before
  private GatheredBytes filling;
  private boolean counted; // this body takes its share of the memory
  private long writtenBytes;
  private @Nullable CompletableFuture<Piece> writing;
  private @Nullable ByteBuf finished; // what [#finish] answered, as long as nobody has taken it

  ChunkingWriter(Bodies bodies, Bodies.Owner owner, Durability durability, ChunkSizes sizes, Claims claims) {
    this.bodies = bodies;
    this.owner = owner;
    this.durability = durability;
    this.sizes = sizes;
    this.claims = claims;
    this.claim = new Claim(claims, Claims.Kind.BUFFERS);
    this.filling = new GatheredBytes(claim);
  }

  @Override
  public void write(ByteBuf bytes) throws IOException {
    try {
      while (bytes.isReadable()) {
        int chunkBytes = sizes.bytes(claims);
        if (filling.sizeBytes() >= chunkBytes) {
          writeChunk();
        }
        filling.add(bytes, Math.min(chunkBytes - filling.sizeBytes(), bytes.readableBytes()));
        countIfLarge();
      }
    } finally {
      bytes.release();
    }
  }

  private void countIfLarge() throws IOException {
    if (!counted && (filling.sizeBytes() > ChunkSizes.SMALLEST_BYTES || writing != null)) {
      sizes.enter();
      counted = true;
    }
  }

  private void uncount() {
    if (counted) {
      counted = false;
      sizes.leave();
    }
  }

  private void writeChunk() throws IOException {
    awaitChunk();
    ByteBuf data = filling.take();
    Claim written = claim;
    claim = new Claim(claims, Claims.Kind.BUFFERS);
    filling = new GatheredBytes(claim);
    long sizeBytes = data.readableBytes();
    var done = new CompletableFuture<Piece>();
    writing = done;
    Thread.ofVirtual().name("chunk-writer").start(() -> {
      try {
        done.complete(new Piece(bodies.writeNeedle(data, owner, durability), sizeBytes, false));
      } catch (Throwable e) { // whatever it is, the writer's thread must see it and not wait forever
        done.completeExceptionally(e);
      } finally {
        written.close();
      }
    });
  }

  private void awaitChunk() throws IOException {
    CompletableFuture<Piece> awaited = writing;
    if (awaited == null) {
      return;
    }
    writing = null;
    long started = StageClock.start();
    try {
      Piece piece = awaited.join();
      pieces.add(piece);
      writtenBytes += piece.sizeBytes();
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException fault ? fault : new IOException("chunk not written", e.getCause());
    } finally {
      StageClock.stop(StageClock.Stage.COMMIT, started);
    }
  }

  @Override
  public StoredBody finish() throws IOException {
    try {
      return finished();
    } finally {
      uncount();
    }
  }

  private StoredBody finished() throws IOException {
    if (pieces.isEmpty() && writing == null) {
      ByteBuf bytes = filling.take();
      finished = bytes;
      claim.close();
      return new StoredBody.InMemory(bytes);
    }
    if (filling.sizeBytes() > 0) {
      writeChunk();
    }
    awaitChunk();
    return new StoredBody.InChunks(writtenBytes, pieces);
  }

  @Override
  public void discard() {
    uncount();
    if (finished != null) {
      finished.release();
      finished = null;
    }
    filling.release();
    claim.close();
    try {
      awaitChunk();
    } catch (IOException _) {
      // the chunk that failed is not there; the caller was told by write or finish, or gives up anyway
    }
    bodies.discard(pieces);
    pieces.clear();
  }
}
