package hayloft.volume.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// One folder of files on one disk. Thread-safe. Lack of space is a [NoSpaceException], whoever finds it.
public interface Disk {

  /// Opens for reading and writing, creating the file if it is absent. A new file is durable only after [#sync].
  ///
  /// @throws NoSpaceException if there is no room for a new one
  DiskFile open(String name) throws IOException;

  boolean exists(String name) throws IOException;

  List<String> list() throws IOException;

  /// Atomically replaces what has the new name; durable only after [#sync].
  void rename(String from, String to) throws IOException;

  /// Deletes a file if it is there.
  void delete(String name) throws IOException;

  /// Makes creations, renames and deletions durable.
  void sync() throws IOException;

  /// Maps a file of exactly this size, creating or resizing it. The mapping lives as long as the arena. What is stored
  /// is certain to be in the file only once [#force] has been asked for it.
  ///
  /// @throws NoSpaceException if there is no room
  MemorySegment map(String name, long sizeBytes, Arena arena) throws IOException;

  /// Writes back what was stored into a mapped file, and syncs it.
  ///
  /// @param name what the file is called by now
  /// @param mapped all of the mapping or its first part
  /// @throws NoSpaceException if there is no room
  void force(String name, MemorySegment mapped) throws IOException;

  /// What the folder's space is counted by: folders that answer equals share their free space.
  Object fileSystem() throws IOException;

  long usableBytes() throws IOException;

  long totalBytes() throws IOException;

  /// For messages.
  String describe();

  /// Where a file lies, for messages.
  default String where(String name) {
    return describe() + "/" + name;
  }

  /// What helps when a volume's file, `7.dat` say, is missing or damaged, for messages: a sentence without its full
  /// stop.
  default String remedy(String name) {
    String volume = name.substring(0, name.indexOf('.'));
    return "Put " + name + " back from a copy; or, to go on without the objects of the volume, move " + volume
        + ".* away, start, and give the volume up (volume.drop)";
  }
}
