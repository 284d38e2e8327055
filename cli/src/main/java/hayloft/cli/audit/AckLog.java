package hayloft.cli.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.common.directory.OwnerOnly;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/// The file of an audit: lines of text, each with the CRC-32C of what follows it in eight hex digits. Thread-safe.
///
/// A line is in the page cache when [#append] returns, so it outlives the program however that ends; with `synced` it
/// is on the disk, and outlives a power cut of this machine too. What was being written when it ended is a torn last
/// line, which says nothing and is left out.
final class AckLog implements Closeable {

  private static final int CRC_DIGITS = 8;

  private final FileChannel file;
  private final boolean synced;
  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock syncing = new ReentrantLock();
  private long endBytes; // guarded by writing
  private volatile long syncedBytes;

  /// @throws java.nio.file.FileAlreadyExistsException if there is such a file: a log is proof of one run
  AckLog(Path path, boolean synced) throws IOException {
    this.file = OwnerOnly.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    this.synced = synced;
  }

  void append(Entry entry) throws IOException {
    String text = entry.line();
    ByteBuffer line = ByteBuffer.wrap((crc(text) + " " + text + "\n").getBytes(US_ASCII));
    long end;
    writing.lock();
    try {
      while (line.hasRemaining()) {
        endBytes += file.write(line, endBytes);
      }
      end = endBytes;
    } finally {
      writing.unlock();
    }
    if (synced) {
      sync(end);
    }
  }

  /// One sync for all who wait.
  private void sync(long upTo) throws IOException {
    syncing.lock();
    try {
      if (syncedBytes < upTo) {
        writing.lock();
        long end = endBytes;
        writing.unlock();
        file.force(false);
        syncedBytes = end;
      }
    } finally {
      syncing.unlock();
    }
  }

  private static String crc(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(US_ASCII));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  @Override
  public void close() throws IOException {
    file.force(true);
    file.close();
  }

  /// What a log says.
  ///
  /// @param torn whether it ends in the middle of a line
  record Read(List<Entry> entries, boolean torn) {}

  /// @throws IOException if a line that is not the last does not match its checksum: such a log proves nothing
  static Read read(Path path) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(path, US_ASCII)) {
      long number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        boolean good = line.length() > CRC_DIGITS + 1
            && line.substring(0, CRC_DIGITS).equals(crc(line.substring(CRC_DIGITS + 1)));
        if (!good) {
          if (lines.readLine() == null) {
            return new Read(entries, true);
          }
          throw new IOException(path + ", line " + number + ", does not match its checksum: this log proves nothing");
        }
        entries.add(Entry.parse(line.substring(CRC_DIGITS + 1)));
      }
    }
    return new Read(entries, false);
  }
}
