package hayloft.filer.keystore;

import hayloft.common.directory.FileDescriptors;

/// Limits of the catalog's key store.
///
/// @param memoryBytes block cache and write buffers together
/// @param writeBufferBytes the part of it that holds writes not yet flushed; bounds how much a crash has to replay
/// @param blockBytes size of a data block before compression
/// @param maxOpenFiles table files held open
public record KeyStoreConfig(long memoryBytes, long writeBufferBytes, int blockBytes, int maxOpenFiles) {

  public static final KeyStoreConfig DEFAULTS = new KeyStoreConfig(64L << 20, 16L << 20, 8 << 10,
      Math.min(256, FileDescriptors.keyStoreFiles()));

  private static final long LEAST_WRITE_BUFFER_BYTES = 1 << 20;
  /// A disk holds so many write buffers at least. One that has run full takes writes again once a write buffer fits, so
  /// on a small disk the buffers must be small beside what is usually freed.
  private static final int DISK_BUFFERS = 40;

  public KeyStoreConfig {
    if (memoryBytes < 4 << 20) {
      throw new IllegalArgumentException("keystore.memoryBytes must be at least 4 MiB, got " + memoryBytes);
    }
    if (writeBufferBytes < 1 << 20 || writeBufferBytes > memoryBytes / 2) {
      throw new IllegalArgumentException(
          "keystore.writeBufferBytes must be between 1 MiB and half of keystore.memoryBytes,"
              + " got " + writeBufferBytes);
    }
    if (blockBytes < 1 << 10 || blockBytes > 1 << 20) {
      throw new IllegalArgumentException("keystore.blockBytes must be between 1 KiB and 1 MiB, got " + blockBytes);
    }
    if (maxOpenFiles < 16) {
      throw new IllegalArgumentException("keystore.maxOpenFiles must be at least 16, got " + maxOpenFiles);
    }
  }

  public KeyStoreConfig withMemory(long nextMemoryBytes, long nextWriteBufferBytes) {
    return new KeyStoreConfig(nextMemoryBytes, nextWriteBufferBytes, blockBytes, maxOpenFiles);
  }

  /// The same with write buffers that suit a disk.
  KeyStoreConfig on(long diskBytes) {
    long fitting = Math.max(LEAST_WRITE_BUFFER_BYTES, diskBytes / DISK_BUFFERS);
    return new KeyStoreConfig(memoryBytes, Math.min(writeBufferBytes, fitting), blockBytes, maxOpenFiles);
  }
}
