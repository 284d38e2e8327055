package hayloft.common.volume;

import hayloft.common.FileId;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// The volumes of a store, as the filer and the tools use them. Thread-safe. In one process it is the volume server
/// itself, in a cluster a connection; in the filer's tests a map. A caller cannot tell which.
public interface VolumeClient {

  /// Appends a needle. Takes the draft's buffers, whatever comes of it.
  ///
  /// The future completes when the needle is as durable as the draft asks and readable. Of one volume they complete in
  /// the order of the needles' offsets, on the volume's writer thread: what depends on them must not wait there. It
  /// fails with one of these, and then the needle is not there, now or after a restart:
  ///
  /// - [VolumeUnwritableException]: sealed, full, out of space or failed; the caller tries another volume;
  /// - [StaleEpochException]: the draft's epoch is older than the one the volumes were fenced at;
  /// - [StoreBusyException]: the volume's queue is at its bound;
  /// - [NoSuchVolumeException];
  /// - [KeyReusedException]: the key is marked dead in the volume, or has a needle there: a bug of whoever gave it out.
  CompletableFuture<Void> append(NeedleDraft draft);

  /// Reads `lengthBytes` of a needle's data from `fromBytes` on, verified; less at the data's end. Waits for a disk, so
  /// it is called on virtual threads only.
  ///
  /// @throws CorruptNeedleException if what lies there does not match its checksums
  /// @throws NoSuchVolumeException if no volume has that id
  /// @throws StoreBusyException if the disk's queue is at its bound
  ReadResult read(FileId id, long fromBytes, int lengthBytes) throws IOException;

  /// The same without waiting: answers only what memory holds. May be called on an event loop.
  ReadResult readNow(FileId id, long fromBytes, int lengthBytes) throws IOException;

  /// Whether a live needle has this volume and key, by the index alone; the cookie is not looked at. False if there is
  /// no such volume.
  boolean holds(FileId id);

  /// Whether a needle's bytes are in its volume's file, by the index alone.
  Presence presence(int volume, long key);

  /// Looks in index log and volume file for a needle that the index lacks, and puts it back into the index. For a
  /// needle that a row of the catalog names: slow, since it reads the whole log.
  ///
  /// @return whether it is there and not marked dead
  boolean search(FileId id) throws IOException;

  /// Whether a needle that was in a volume has certainly left its file with a compaction, so that nothing can bring it
  /// back. [Presence#GONE] may also mean that the index lacks a needle, or that its volume is not there and may come
  /// back; this is false then, and wherever there is a doubt: the file was not made anew since the key was used, was
  /// cut or has failed, or holds damage of which nobody knows the needle. Looks into index log and file once after an
  /// opening, so it is asked about what is said to be gone only.
  boolean isCompactedAway(int volume, long key) throws IOException;

  /// Whether a needle is certainly not in its volume's file: not only does the index lack it, but index log and file
  /// do, too, and nothing there is damaged so that it may be that. Costs what [#isCompactedAway] does.
  boolean isAbsent(int volume, long key) throws IOException;

  /// How far the index of a volume leaves nothing out, in bytes from the begin of its file: to its end, or behind that
  /// if the file was cut and the index knows what lay there ([#holds] says yes of that, and so does [#isCutOff]). What
  /// is [Presence#GONE] was not between there and the begin when the index was written. 0 if there is no such volume.
  long indexedBytes(int volume);

  /// Whether the file of a volume ends before a needle that the index knows: it was cut.
  boolean isCutOff(int volume, long key);

  /// Notes dead marks that a durable needle of the catalog says. The marks of one volume are told one after the other,
  /// with rising sequences and none left out: afterwards everything up to `sequence` is known. What the volume keeps of
  /// them is a cache; it is not synced. Marking twice, or what was never there, changes nothing, and neither does a
  /// sequence that is known already. Nothing happens for a volume that is not there.
  void markDead(int volume, long sequence, List<Long> keys) throws IOException;

  /// Notes needles that are dead by rule, with no mark of their own: books whose time is over. A cache too.
  void forget(int volume, List<Long> keys) throws IOException;

  /// How far marks have come, for every volume, by id.
  List<VolumeMarks> marks();

  /// Keys that a level 1 store has marked dead in a volume. [#markDead] of all of them, once needles say them, ends it.
  List<Long> legacyMarks(int volume) throws IOException;

  /// Sealed volumes in which nothing lives.
  List<Integer> emptied();

  /// Takes a volume and its files away; a durable needle in another volume says that it is retired. Durable on return;
  /// nothing happens if it is not there.
  void retire(int volume) throws IOException;

  /// Takes a volume that was given up and has come back out of use; its files are renamed, none is deleted.
  void putAside(int volume) throws IOException;

  /// Volumes whose bytes are there, and damaged so that the volume cannot be opened, by id with what is wrong; it is
  /// missing everywhere else. Putting it aside is all that can be done with it.
  default Map<Integer, String> unreadable() {
    return Map.of();
  }

  /// What the file is called that a volume's needles lie in, for messages: `7.dat`, or one that it shares with others.
  default String fileOf(int volume) {
    return volume + ".dat";
  }

  /// The durable end of every volume. Needles below it are durable and readable; in-flight ones lie behind it.
  List<VolumePosition> ends();

  /// Shows the needles from a position to the volume's durable end and returns that end. If the volume is in another
  /// generation than the position, it begins at the first needle. Blobs are not shown.
  VolumePosition scan(VolumePosition from, NeedleVisitor visitor) throws IOException;

  /// The same for needles of kind [NeedleKind#BOOK] alone, those that are marked dead not shown: found by the index
  /// log, so that it costs little. Damaged ones are told as by [#scan].
  void scanBooks(VolumePosition from, NeedleVisitor visitor) throws IOException;

  /// On return everything that was appended before survives a power cut, also what asked for
  /// [hayloft.common.Durability#OS] only. Costs nothing if all of it does already. Waits for disks.
  ///
  /// @throws IOException if that cannot be had: needles that asked for `os` only may be gone after a power cut
  void sync() throws IOException;

  /// The same for some volumes only: what happened to others does not matter.
  void sync(Set<Integer> volumes) throws IOException;

  /// The highest epoch of any needle or fence in the store, needles that were compacted away included; 0 in an empty
  /// one.
  long highestEpoch();

  /// Refuses appends of epochs below this one from now on, also after a restart. Durable on return.
  ///
  /// @throws hayloft.common.placement.NoWritableVolumeException if a directory does not take it; others may have it by
  ///     then, and the volumes take what they took before. It may be tried again with the same epoch
  void fence(long epoch) throws IOException;

  /// Writes what [#fence] of the same epoch would have to write, durable on return, and refuses nothing yet. After a
  /// restart it may be refused as if it had been fenced.
  ///
  /// @throws hayloft.common.placement.NoWritableVolumeException as for [#fence]
  void prepareFence(long epoch) throws IOException;
}
