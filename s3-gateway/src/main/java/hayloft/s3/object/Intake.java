package hayloft.s3.object;

import hayloft.common.memory.Claims;
import hayloft.filer.BodyReader;
import hayloft.filer.BodyWriter;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.StoredBody;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.RunningChecksum;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Moves the bytes of a body into the store, from a client or from another object, and hands them to a mutation once
/// they are proved. Whatever goes wrong before that, nothing is left behind. Thread-safe; each call runs on one virtual
/// thread.
public final class Intake {

  private final ChecksumSource checksums;

  public Intake(ChecksumSource checksums) {
    this.checksums = checksums;
  }

  /// The mutation that a body is for. Takes the body.
  @FunctionalInterface
  public interface Commit<R> {
    R commit(StoredBody body, Digests digests) throws IOException;
  }

  /// A last look at a body's digests before it is handed over.
  @FunctionalInterface
  public interface Judge {
    /// @throws S3Exception to refuse the body
    void judge(Digests digests) throws IOException;
  }

  /// What is to become of a body. Takes it.
  @FunctionalInterface
  public interface Taker {
    void take(StoredBody body, Digests digests) throws IOException;
  }

  /// Begins a body.
  @FunctionalInterface
  public interface Store {
    /// @param claims where its writer counts what it keeps
    BodyWriter begin(Claims claims);
  }

  /// Stores what a client sends. Closes the payload.
  ///
  /// @throws S3Exception EntityTooLarge, and what the check of the payload says
  public <R> R receive(Payload payload, Store store, long maxBytes, Judge judge, Commit<R> commit)
      throws IOException {
    Received received = received(payload, store, maxBytes, judge);
    return commit.commit(received.body, received.digests);
  }

  /// The same for a commit that is only begun.
  ///
  /// @throws S3Exception EntityTooLarge, and what the check of the payload says
  public void receive(Payload payload, Store store, long maxBytes, Taker taker) throws IOException {
    Received received = received(payload, store, maxBytes, _ -> {});
    taker.take(received.body, received.digests);
  }

  /// A body that nobody has taken yet.
  private record Received(StoredBody body, Digests digests) {}

  private static Received received(Payload payload, Store store, long maxBytes, Judge judge)
      throws IOException {
    StoredBody body;
    Digests digests;
    boolean taken = false;
    BodyWriter writer = store.begin(payload.claims());
    try (payload) {
      if (payload.decodedBytes() > maxBytes) {
        throw new S3Exception(new S3Error.EntityTooLarge(payload.decodedBytes(), maxBytes));
      }
      long bytes = 0;
      for (ByteBuf piece = payload.next(); piece != null; piece = payload.next()) {
        bytes += piece.readableBytes();
        if (bytes > maxBytes) {
          piece.release();
          throw new S3Exception(new S3Error.EntityTooLarge(-1, maxBytes));
        }
        writer.write(piece);
      }
      digests = payload.finish();
      judge.judge(digests);
      body = writer.finish();
      taken = true;
    } finally {
      if (!taken) {
        writer.discard();
      }
    }
    return new Received(body, digests);
  }

  /// Hears of each piece that was copied, and ends the copy with what it throws.
  @FunctionalInterface
  public interface Progress {
    void made() throws IOException;
  }

  /// Stores a copy of what a reader yields.
  ///
  /// @param sum a checksum to compute besides the MD5
  public <R> R copy(BodyReader source, BodyWriter writer, Optional<ChecksumAlgorithm> sum, Progress progress,
      Commit<R> commit) throws IOException {
    StoredBody body;
    RunningChecksum md5 = checksums.startMd5();
    RunningChecksum running = sum.isPresent() ? checksums.start(sum.get()) : null;
    boolean taken = false;
    try {
      for (ByteBuf piece = source.next(); piece != null; piece = source.next()) {
        md5.add(piece);
        if (running != null) {
          running.add(piece);
        }
        writer.write(piece);
        progress.made();
      }
      body = writer.finish();
      taken = true;
    } finally {
      if (!taken) {
        writer.discard();
      }
    }
    return commit.commit(body, new Digests(ByteBufUtil.hexDump(md5.value()), checksum(sum, running)));
  }

  private static Optional<ObjectChecksum> checksum(Optional<ChecksumAlgorithm> algorithm,
      @Nullable RunningChecksum running) {
    return running == null
        ? Optional.empty()
        : algorithm.map(name -> ObjectChecksum.ofWhole(name, running.value()));
  }
}
