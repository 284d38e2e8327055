package hayloft.volume.pack;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.DamagedDocumentException;
import hayloft.common.directory.SummedJson;
import hayloft.common.log.EventLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.NewerFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/// A pack that is open: its file, which closes with the last who reads in it, and which of its volumes have left it.
/// Thread-safe.
///
/// `pack-3.gone`, a [SummedJson], names the pack by its head's sum and lists the volumes that left, so that what is
/// left of them in the pack never counts again. The pack goes with its last volume.
final class OpenPack {
  private static final String GONE = ".gone";
  private static final int VERSION = 1;
  private static final int MOST_GONE_BYTES = 1 << 20;
  private static final EventLog LOG = EventLog.of(OpenPack.class);

  private final Disk disk;
  private final int number;
  private final PackFile content;
  private final DiskFile file;
  private final Set<Integer> gone; // guarded by this
  private boolean over; // its file was deleted; guarded by this
  private boolean strayed; // told already; guarded by this
  private final AtomicInteger uses = new AtomicInteger(1);

  private OpenPack(Disk disk, int number, PackFile content, DiskFile file, Set<Integer> gone) {
    this.disk = disk;
    this.number = number;
    this.content = content;
    this.file = file;
    this.gone = new TreeSet<>(gone);
  }

  static OpenPack open(Disk disk, int number) throws IOException {
    String name = PackFile.nameOf(number);
    DiskFile file = disk.open(name);
    try {
      PackFile content = PackFile.read(file, name, disk.where(name));
      return new OpenPack(disk, number, content, file, goneOf(disk, name + GONE, content.sum()));
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /// A list that is damaged says nothing: volumes that had left come back, and what the catalog knows of them (retired,
  /// given up) or their own files beside the pack settle it.
  private static Set<Integer> goneOf(Disk disk, String name, int sum) throws IOException {
    Set<Integer> volumes = new TreeSet<>();
    if (!disk.exists(name)) {
      return volumes;
    }
    try (DiskFile file = disk.open(name)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), MOST_GONE_BYTES));
      file.read(bytes, 0);
      ObjectNode json = SummedJson.read(bytes.array(), disk.where(name));
      if (json.path("formatVersion").asInt() > VERSION) {
        throw new NewerFormatException(disk.where(name), "list of format version " + json.path("formatVersion").asInt()
            + ", 1 is known");
      }
      // else it is of a pack that had the name before
      if (json.path("pack").asText().equals(Integer.toHexString(sum))) {
        json.path("volumes").forEach(volume -> volumes.add(volume.asInt()));
      }
    } catch (NewerFormatException e) {
      throw e;
    } catch (IOException e) {
      LOG.error("pack.listDamaged").with("reason", e)
          .with("action", "volumes-that-had-left-the-pack-are-looked-at-again").say();
    }
    return volumes;
  }

  int number() {
    return number;
  }

  String name() {
    return content.name();
  }

  PackFile content() {
    return content;
  }

  DiskFile file() {
    return file;
  }

  synchronized boolean isGone(int volume) {
    return gone.contains(volume);
  }

  synchronized int present() {
    return content.entries().size() - gone.size();
  }

  /// Looks whether the file is still where the next start looks for it, and tells once if somebody moved, deleted or
  /// replaced it under the process. Reads go on in it.
  synchronized void lookAtPlace() {
    try {
      boolean stray = !file.isAt(name());
      if (stray && !strayed) {
        LOG.error("file.strayed").with("file", disk.where(name())).with("volumes", present())
            .with("reason", "somebody moved, deleted or replaced this pack under the running process;"
                + " reads go on in the file that it has open")
            .with("action", "before the server stops put that very file back, or copy it out of /proc/"
                + ProcessHandle.current().pid() + "/fd to there")
            .say();
      }
      strayed = stray;
    } catch (IOException e) { // a disk that does not answer: others say so
      LOG.debug("pack.placeUnknown").with("pack", name()).say(e);
    }
  }

  /// Volumes leave the pack for good; durable on return. With the last the pack goes, unless its name is another file's
  /// by now.
  synchronized void leave(Set<Integer> volumes) throws IOException {
    if (over || present() > 0 && gone.containsAll(volumes)) {
      return;
    }
    Set<Integer> next = new TreeSet<>(gone);
    next.addAll(volumes);
    String list = name() + GONE;
    if (next.size() == content.entries().size() && file.isAt(name())) {
      disk.delete(name());
      disk.sync();
      over = true;
      gone.addAll(volumes);
      disk.delete(list);
      LOG.info("pack.gone").with("file", disk.where(name())).say();
      return;
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("formatVersion", VERSION)
        .put("pack", Integer.toHexString(content.sum()));
    ArrayNode array = json.putArray("volumes");
    next.forEach(array::add);
    String written = list + ".new";
    disk.delete(written);
    try (DiskFile into = disk.open(written)) {
      into.write(new ByteBuffer[]{ByteBuffer.wrap(SummedJson.write(json))}, 0);
      into.force();
    }
    disk.rename(written, list);
    disk.sync();
    gone.addAll(volumes);
  }

  /// For one who reads in it; [#release] follows.
  OpenPack retain() {
    uses.incrementAndGet();
    return this;
  }

  void release() throws IOException {
    if (uses.decrementAndGet() == 0) {
      file.close();
    }
  }
}
