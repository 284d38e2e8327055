package hayloft.volume.pack;

import hayloft.volume.disk.DiskFile;
import hayloft.volume.pack.PackFile.Section;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A volume's file that lies in a pack. What is packed never changes: with the first write the volume leaves the pack,
/// and this becomes its own file. As thread-safe as any [DiskFile].
final class PackedFile implements DiskFile {

  /// Sees to it that the volume has files of its own, and opens this one of them.
  @FunctionalInterface
  interface Leaving {
    DiskFile leave() throws IOException;
  }

  private final OpenPack pack;
  private final Section section;
  private final Leaving leaving;
  private volatile @Nullable DiskFile own;

  /// @param pack retained for it
  PackedFile(OpenPack pack, Section section, Leaving leaving) {
    this.pack = pack;
    this.section = section;
    this.leaving = leaving;
  }

  private DiskFile own() throws IOException {
    DiskFile opened = own;
    if (opened == null) {
      opened = leaving.leave();
      own = opened;
    }
    return opened;
  }

  @Override
  public int read(ByteBuffer into, long atBytes) throws IOException {
    DiskFile opened = own;
    if (opened != null) {
      return opened.read(into, atBytes);
    }
    int wanted = (int) Math.clamp(section.lengthBytes() - atBytes, 0, into.remaining());
    int limit = into.limit();
    into.limit(into.position() + wanted);
    try {
      return wanted == 0 ? 0 : pack.file().read(into, section.offsetBytes() + atBytes);
    } finally {
      into.limit(limit);
    }
  }

  @Override
  public boolean readCached(ByteBuffer into, long atBytes) {
    DiskFile opened = own;
    if (opened != null) {
      return opened.readCached(into, atBytes);
    }
    return atBytes + into.remaining() <= section.lengthBytes()
        && pack.file().readCached(into, section.offsetBytes() + atBytes);
  }

  @Override
  public void write(ByteBuffer[] from, long atBytes) throws IOException {
    own().write(from, atBytes);
  }

  @Override
  public void writeToBeSynced(ByteBuffer[] from, long atBytes) throws IOException {
    own().writeToBeSynced(from, atBytes);
  }

  @Override
  public void force() throws IOException {
    DiskFile opened = own;
    if (opened != null) {
      opened.force();
    }
  }

  @Override
  public boolean isSynced() {
    DiskFile opened = own;
    return opened == null || opened.isSynced();
  }

  /// The pack's descriptor is shared by all who read in it and stays.
  @Override
  public boolean park(String name) throws IOException {
    DiskFile opened = own;
    return opened == null || opened.park(name);
  }

  @Override
  public void unpark() throws IOException {
    DiskFile opened = own;
    if (opened != null) {
      opened.unpark();
    }
  }

  @Override
  public long sizeBytes() throws IOException {
    DiskFile opened = own;
    return opened == null ? section.lengthBytes() : opened.sizeBytes();
  }

  @Override
  public void truncate(long sizeBytes) throws IOException {
    if (own != null || sizeBytes < section.lengthBytes()) {
      own().truncate(sizeBytes);
    }
  }

  @Override
  public void close() throws IOException {
    DiskFile opened = own;
    try {
      if (opened != null) {
        opened.close();
      }
    } finally {
      pack.release();
    }
  }
}
