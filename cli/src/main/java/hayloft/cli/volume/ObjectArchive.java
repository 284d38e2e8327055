package hayloft.cli.volume;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.cli.ShownText;
import hayloft.common.PieceSource;
import hayloft.filer.ObjectVersion;
import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/// A tar archive of objects, written as they come; in the POSIX form (pax), which has room for long names and large
/// sizes. Confined to one thread.
///
/// An archive tells an entry's size before its bytes. So the first piece is read before the entry begins, and an object
/// that is damaged there is left out; one that is damaged further on is filled up with zeros. Both are named in
/// `hayloft-damaged.txt`, the last entry.
final class ObjectArchive implements Closeable {

  static final String DAMAGED = "hayloft-damaged.txt";

  private final TarArchiveOutputStream tar;
  private final boolean metadata;
  private final LongConsumer progress;
  private final List<String> damaged = new ArrayList<>();
  private long objects;
  private long blobs;
  private long bytes;

  ObjectArchive(OutputStream out, boolean metadata, LongConsumer progress) {
    this.metadata = metadata;
    this.progress = progress;
    this.tar = new TarArchiveOutputStream(out, UTF_8.name());
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
  }

  /// Takes the source.
  ///
  /// @param suffix of the name, for older versions
  void addObject(String bucket, ObjectVersion version, String suffix, PieceSource body) throws IOException {
    String name = TarName.of(bucket, version.key()) + suffix;
    TarArchiveEntry entry = entry(name, version.sizeBytes(), version.modified());
    if (!name.equals(bucket + "/" + version.key())) {
      entry.addPaxHeader("HAYLOFT.key", version.key());
    }
    if (metadata) {
      describe(version, entry);
    }
    if (add(entry, name, body)) {
      objects++;
    }
  }

  private static void describe(ObjectVersion version, TarArchiveEntry entry) {
    entry.addPaxHeader("HAYLOFT.etag", version.etag());
    entry.addPaxHeader("HAYLOFT.version", version.versionId());
    version.attributes().headers().forEach((name, value) -> entry.addPaxHeader("HAYLOFT." + name, value));
    version.attributes().userMetadata()
        .forEach((name, value) -> entry.addPaxHeader("HAYLOFT.x-amz-meta-" + name, value));
    version.attributes().tags().forEach((name, value) -> entry.addPaxHeader("HAYLOFT.tag." + name, value));
  }

  /// Takes the source.
  void addBlob(String fileId, int sizeBytes, PieceSource body) throws IOException {
    String name = "blobs/" + fileId;
    if (add(entry(name, sizeBytes, Instant.EPOCH), name, body)) {
      blobs++;
    }
  }

  private static TarArchiveEntry entry(String name, long sizeBytes, Instant modified) {
    var entry = new TarArchiveEntry(name, true);
    entry.setSize(sizeBytes);
    // a fraction would cost a header
    entry.setLastModifiedTime(FileTime.from(modified.truncatedTo(ChronoUnit.SECONDS)));
    return entry;
  }

  /// Returns whether the entry is there and whole.
  private boolean add(TarArchiveEntry entry, String name, PieceSource source) throws IOException {
    try (source) {
      ByteBuf piece;
      try {
        piece = source.next();
      } catch (IOException e) {
        damaged.add(name + ", left out: " + e.getMessage());
        return false;
      }
      tar.putArchiveEntry(entry);
      long left = entry.getSize();
      boolean whole = true;
      while (piece != null) {
        left -= write(piece);
        try {
          piece = source.next();
        } catch (IOException e) {
          damaged.add(name + ", filled with zeros from byte " + (entry.getSize() - left) + " on: " + e.getMessage());
          whole = false;
          piece = null;
        }
      }
      fill(left);
      if (whole && left > 0) {
        throw new IllegalStateException(name + " ended " + left + " bytes early");
      }
      tar.closeArchiveEntry();
      return whole;
    }
  }

  private int write(@Nullable ByteBuf piece) throws IOException {
    if (piece == null) {
      return 0;
    }
    try {
      int count = piece.readableBytes();
      piece.readBytes(tar, count);
      bytes += count;
      progress.accept(count);
      return count;
    } finally {
      piece.release();
    }
  }

  private void fill(long count) throws IOException {
    byte[] zeros = new byte[64 << 10];
    for (long left = count; left > 0; left -= zeros.length) {
      tar.write(zeros, 0, (int) Math.min(left, zeros.length));
    }
  }

  /// Notes what is not in the archive because it is damaged.
  void leaveOut(String name, String why) {
    damaged.add(name + ", left out: " + why);
  }

  /// Ends the archive.
  ///
  /// @param nameless buckets whose names are unknown, and whose objects are not here therefore
  Tally finish(List<Long> nameless) throws IOException {
    if (!damaged.isEmpty()) {
      byte[] text = (damaged.stream().map(ShownText::of).collect(Collectors.joining("\n")) + "\n").getBytes(UTF_8);
      tar.putArchiveEntry(entry(DAMAGED, text.length, Instant.now()));
      tar.write(text);
      tar.closeArchiveEntry();
    }
    tar.finish();
    List<String> leftOut = nameless.stream().map(id -> "the objects of bucket 0x" + Long.toHexString(id)
        + ", whose name lies in none of these volumes: name all data directories of the store").toList();
    return new Tally(objects, blobs, bytes, damaged, leftOut);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
