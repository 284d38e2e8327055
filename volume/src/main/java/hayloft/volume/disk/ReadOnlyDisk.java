package hayloft.volume.disk;

import hayloft.common.directory.DiskSpace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.List;

/// A folder that is looked at and never changed, whoever else may be changing it meanwhile. Thread-safe.
public final class ReadOnlyDisk implements Disk {
  private final Path folder;

  public ReadOnlyDisk(Path folder) {
    this.folder = folder;
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return new ReadOnlyFile(folder.resolve(name));
  }

  @Override
  public boolean exists(String name) throws IOException {
    return FileDisk.isThere(folder.resolve(name));
  }

  @Override
  public List<String> list() throws IOException {
    return FileDisk.namesIn(folder);
  }

  @Override
  public void rename(String from, String to) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void delete(String name) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void sync() {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public MemorySegment map(String name, long sizeBytes, Arena arena) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void force(String name, MemorySegment mapped) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public Object fileSystem() throws IOException {
    return FileDisk.fileSystemOf(folder);
  }

  @Override
  public long usableBytes() throws IOException {
    return DiskSpace.of(folder).usableBytes();
  }

  @Override
  public long totalBytes() throws IOException {
    return DiskSpace.of(folder).totalBytes();
  }

  @Override
  public String describe() {
    return folder.toString();
  }
}
