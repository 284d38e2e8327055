package hayloft.cli.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import hayloft.common.log.EventLog;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.audit.NeedleAt;
import hayloft.volume.compaction.Rounds;
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
import java.util.function.Supplier;

/// Says whose bytes are damaged, and logs what the background scrub finds by that name. Thread-safe.
///
/// Finding the owner of a needle walks all rows, so it is done once for each damage. What fails is told and tried
/// again, after pauses that grow.
final class DamageNames implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(DamageNames.class);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
  private static final List<String> NOBODY = List.of("nothing in the catalog");
  private static final List<String> UNKNOWN = List.of("not known whose: the catalog could not be searched");

  /// Names what needles belong to; of nobody's it has none.
  @FunctionalInterface
  interface Owners {
    Map<NeedleAt, List<String>> of(Set<NeedleAt> needles) throws IOException;
  }

  private final Owners owners;
  private final Map<NeedleAt, List<String>> known = new ConcurrentHashMap<>();
  private final Rounds rounds;

  DamageNames(VolumeCatalog catalog, VolumeStore volumes) {
    this(catalog::ownersOf, () -> volumes.scrubFigures().damages(), BETWEEN_LOOKS);
  }

  DamageNames(Owners owners, Supplier<List<Damage>> damages, Duration betweenLooks) {
    this.owners = owners;
    this.rounds = new Rounds("damage-names", betweenLooks, () -> nameAll(damages.get()));
  }

  /// Logs damage as it is found, from now on.
  void watch() {
    rounds.start();
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
    if (unknown.isEmpty() || rounds.isStopped()) {
      return;
    }
    Map<NeedleAt, List<String>> found = owners.of(unknown);
    for (Damage damage : damages) {
      NeedleAt at = new NeedleAt(damage.volume(), damage.key());
      if (unknown.remove(at)) {
        List<String> names = found.getOrDefault(at, NOBODY);
        known.put(at, names);
        names.forEach(
            name -> LOG.error("scrub.damaged").with("what", name).with("volume", damage.volume())
                .with("key", Long.toHexString(damage.key())).with("offset", damage.offsetBytes()).say());
      }
    }
  }

  List<String> of(Damage damage) {
    return known.getOrDefault(new NeedleAt(damage.volume(), damage.key()), UNKNOWN);
  }

  /// Adds each damage with its names. If they cannot be found out, that stands there: the damage is told all the same.
  void describe(Collection<Damage> damages, ArrayNode into) {
    try {
      nameAll(damages);
    } catch (IOException | RuntimeException e) {
      LOG.warning("scrub.namesUnknown").say(e);
    }
    for (Damage damage : damages) {
      ArrayNode names = into.addObject().put("volume", damage.volume()).put("key", Long.toHexString(damage.key()))
          .put("offset", damage.offsetBytes()).put("bytes", damage.lengthBytes()).put("what", damage.what())
          .put("found", damage.found().toString()).putArray("objects");
      of(damage).forEach(names::add);
    }
  }

  /// Waits for a search that is under way: after that the catalog may be closed.
  @Override
  public void close() {
    rounds.close();
    synchronized (this) {
      known.clear();
    }
  }
}
