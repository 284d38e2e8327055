package hayloft.cli.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.audit.NeedleAt;
import hayloft.volume.scrub.Damage;
import hayloft.volume.store.VolumeStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Says whose bytes are damaged, and logs what the background scrub finds by that name. Thread-safe.
///
/// Finding the owner of a needle walks all rows, so it is done once for each damage.
final class DamageNames implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DamageNames.class.getName());
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
  private static final List<String> NOBODY = List.of("nothing in the catalog");

  private final VolumeCatalog catalog;
  private final VolumeStore volumes;
  private final Map<NeedleAt, List<String>> known = new ConcurrentHashMap<>();
  private final ReentrantLock life = new ReentrantLock();
  private final Condition closing = life.newCondition();
  private boolean closed;

  DamageNames(VolumeCatalog catalog, VolumeStore volumes) {
    this.catalog = catalog;
    this.volumes = volumes;
  }

  /// Logs damage as it is found, from now on.
  void watch() {
    Thread.ofVirtual().name("damage-names").start(() -> {
      while (!pause()) {
        try {
          nameAll(volumes.scrubFigures().damages());
        } catch (IOException e) {
          LOG.log(System.Logger.Level.WARNING, "scrub.namesUnknown", e);
        }
      }
    });
  }

  private boolean pause() {
    life.lock();
    try {
      long left = BETWEEN_LOOKS.toNanos();
      while (!closed && left > 0) {
        left = closing.awaitNanos(left);
      }
      return closed;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    } finally {
      life.unlock();
    }
  }

  /// Looks up those that are new, and logs them.
  synchronized void nameAll(Collection<Damage> damages) throws IOException {
    Set<NeedleAt> unknown = new HashSet<>();
    for (Damage damage : damages) {
      NeedleAt at = new NeedleAt(damage.volume(), damage.key());
      if (!known.containsKey(at)) {
        unknown.add(at);
      }
    }
    if (unknown.isEmpty() || isClosed()) {
      return;
    }
    Map<NeedleAt, List<String>> owners = catalog.ownersOf(unknown);
    for (Damage damage : damages) {
      NeedleAt at = new NeedleAt(damage.volume(), damage.key());
      if (unknown.remove(at)) {
        List<String> names = owners.getOrDefault(at, NOBODY);
        known.put(at, names);
        names.forEach(
            name -> LOG.log(System.Logger.Level.ERROR, "scrub.damaged what=\"{0}\" volume={1} key={2} offset={3}",
                name, String.valueOf(damage.volume()), Long.toHexString(damage.key()),
                String.valueOf(damage.offsetBytes())));
      }
    }
  }

  List<String> of(Damage damage) {
    return known.getOrDefault(new NeedleAt(damage.volume(), damage.key()), NOBODY);
  }

  /// Adds each damage with its names.
  void describe(Collection<Damage> damages, ArrayNode into) throws IOException {
    nameAll(damages);
    for (Damage damage : damages) {
      ArrayNode names = into.addObject().put("volume", damage.volume()).put("key", Long.toHexString(damage.key()))
          .put("offset", damage.offsetBytes()).put("bytes", damage.lengthBytes()).put("what", damage.what())
          .put("found", damage.found().toString()).putArray("objects");
      of(damage).forEach(names::add);
    }
  }

  private boolean isClosed() {
    life.lock();
    try {
      return closed;
    } finally {
      life.unlock();
    }
  }

  /// Waits for a search that is under way: after that the catalog may be closed.
  @Override
  public void close() {
    life.lock();
    try {
      closed = true;
      closing.signalAll();
    } finally {
      life.unlock();
    }
    synchronized (this) {
      known.clear();
    }
  }
}
