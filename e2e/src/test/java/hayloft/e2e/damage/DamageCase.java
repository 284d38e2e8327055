package hayloft.e2e.damage;

import hayloft.common.FileId;
import hayloft.volume.scrub.Damage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// One damage to a copy of a template, and what the store makes of it: a start, or a refusal after whose undoing
/// everything is there; reads, writes, collection, compaction, scrub; maybe another start; and everything compared
/// after each. Confined to one thread.
final class DamageCase {

  private static final int MUTATIONS = 8;
  /// Words of somebody who says what to do.
  private static final Pattern ADVICE = Pattern.compile(
      "(?i)\\b(put|restore|move|remove|mount|name|run|start|set|free|correct|delete|drop|replace|copy|add|give)\\b");

  private final long seed;
  private final Random random;
  private final Template template;
  private final Path directory;
  private final NamedInLog log;
  private final HandClock clock;
  private final Truth truth;
  private final List<Violation> violations = new ArrayList<>();
  private String what = "";
  private String kind = "";
  private String course = "";
  private List<String> said = List.of();

  DamageCase(long seed, Template template, Path directory, NamedInLog log) {
    this.seed = seed;
    this.random = new Random(seed * 0x9E37_79B9_7F4A_7C15L);
    this.template = template;
    this.directory = directory;
    this.log = log;
    this.clock = new HandClock(template.now());
    this.truth = template.truth().copy();
  }

  long seed() {
    return seed;
  }

  /// What is wrong with the outcome; empty if nothing is.
  List<Violation> violations() {
    return violations;
  }

  String kind() {
    return kind;
  }

  @Override
  public String toString() {
    return "seed " + seed + ": " + what + " [" + kind + "]" + course;
  }

  private void then(String step) {
    course += " > " + step;
  }

  private void violation(String name, String text) {
    violations.add(new Violation(name, text));
  }

  void run() throws IOException {
    boolean clean = random.nextBoolean();
    Path root = directory.resolve("case-" + seed);
    StoreUnderTest.copy(clean ? template.clean() : template.killed(), root);
    try {
      var damage = new InjectedDamage(random, root, template, clean);
      damage.inflict();
      truth.buckets.values().forEach(bucket -> bucket.everyKey.stream()
          .filter(key -> damage.hits().isForgotten(bucket.bucket.id(), key)).forEach(bucket.uncertain::add));
      what = damage.what();
      kind = damage.kind();
      log.begin(template.tag());
      course(root, damage, clean ? template.ofClean() : template.ofKilled());
    } catch (Violation e) {
      violations.add(e);
    } catch (IOException | RuntimeException | Error e) {
      violations.add(new Violation("broke", e.toString(), e));
    } finally {
      said = log.said(template.tag());
      StoreUnderTest.delete(root);
    }
  }

  /// Some of what the log said.
  List<String> said() {
    return said;
  }

  private void course(Path root, InjectedDamage damage, Anatomy anatomy) throws IOException {
    StoreUnderTest store;
    try {
      store = StoreUnderTest.open(root, template.shape(), clock, damage.flaws());
    } catch (IOException e) {
      refused(root, damage, anatomy, e);
      return;
    }
    then("started");
    if (damage.mustBeRefused()) {
      violation("not refused", "what it does not understand");
    }
    boolean putsBack = damage.isMendedByPuttingBack() && random.nextInt(3) == 0;
    try {
      int errors = compare(store, damage.hits(), anatomy, "after the start");
      if (putsBack) {
        collects(store);
        then("collected");
      } else {
        if (random.nextInt(4) > 0) {
          mutate(store, damage.hits());
        }
        if (random.nextBoolean()) {
          retryBlobs(store, damage.hits());
        }
        settle(store, damage, errors);
        compare(store, damage.hits(), anatomy, "after upkeep");
      }
    } catch (Throwable e) {
      closeAfter(store, e);
      throw e;
    }
    if (!violations.isEmpty() || !putsBack && random.nextInt(3) == 0) {
      store.close();
      return;
    }
    if (putsBack) {
      store.close();
      damage.undo();
      then("stopped, files put back");
      checkAgain(root, damage, new Hits(), anatomy, Map.of(), "after the files were put back");
    } else {
      again(store, root, damage, anatomy);
    }
  }

  private static void closeAfter(StoreUnderTest store, Throwable e) {
    try {
      store.close();
    } catch (IOException | RuntimeException f) {
      e.addSuppressed(f);
    }
  }

  private void refused(Path root, InjectedDamage damage, Anatomy anatomy, IOException e) throws IOException {
    String message = String.valueOf(e.getMessage());
    then("refused: " + message);
    if (!damage.allowsRefusal(message)) {
      violations.add(new Violation("refused", message, e));
    }
    if (!ADVICE.matcher(message).find()) {
      violation("refusal does not say what to do", message);
    }
    damage.undo();
    then("undone");
    // elsewhere, for a start that failed may have left locks: its process would end now
    Path undone = directory.resolve("undone-" + seed);
    StoreUnderTest.copy(root, undone);
    try {
      checkAgain(undone, damage, new Hits(), anatomy, Map.of(), "after the undoing");
    } finally {
      StoreUnderTest.delete(undone);
    }
  }

  private void checkAgain(Path root, InjectedDamage damage, Hits hits, Anatomy anatomy,
      Map<String, FlawedDisk.Flaw> flaws, String when) throws IOException {
    try (StoreUnderTest store = StoreUnderTest.open(root, template.shape(), clock, flaws)) {
      then("started again");
      compare(store, hits, anatomy, when);
      if (violations.isEmpty() && collects(store)) {
        compare(store, hits, anatomy, when + " and a collection");
        if (hits.isEmpty() && !damage.isMendedByPuttingBack()) {
          audit(store, damage, !hits.mayTellOfTheDead(), when);
        }
        if (random.nextInt(4) == 0) {
          reuseDeadBlobs(store);
        }
      }
    } catch (IOException e) {
      violations.add(new Violation("refused later", when + ": " + e, e));
    }
  }

  private boolean collects(StoreUnderTest store) {
    try {
      store.collect();
      return true;
    } catch (IOException | RuntimeException e) {
      violations.add(new Violation("collection stops", e.toString(), e));
      return false;
    }
  }

  /// Nothing was hit: rows and needles agree. But a dead needle may be damaged, which only its index log knows to be
  /// nobody's truth.
  private void audit(StoreUnderTest store, InjectedDamage damage, boolean knowsIndex, String when) throws IOException {
    List<String> findings = store.audit(!damage.isVolumeLost() && knowsIndex);
    if (!findings.isEmpty()) {
      violation("audit", when + ": " + findings);
    }
  }

  /// After a stop, a kill, or either with the catalog gone.
  private void again(StoreUnderTest store, Path root, InjectedDamage damage, Anatomy anatomy) throws IOException {
    boolean kill = random.nextBoolean();
    boolean withoutCatalog = random.nextInt(3) == 0;
    Path next = root;
    Map<String, FlawedDisk.Flaw> flaws = store.flaws();
    if (kill) {
      next = directory.resolve("killed-" + seed);
      store.copyTo(next);
    }
    try {
      store.close();
      if (withoutCatalog) {
        StoreUnderTest.delete(next.resolve("d0/catalog"));
      }
      then((kill ? "killed" : "stopped") + (withoutCatalog ? ", catalog removed" : ""));
      checkAgain(next, damage, damage.hits(), anatomy, flaws, "after another start");
    } finally {
      if (kill) {
        StoreUnderTest.delete(next);
      }
    }
  }

  /// @return answers that were errors
  private int compare(StoreUnderTest store, Hits hits, Anatomy anatomy, String when) {
    Predicate<String> isTold = name -> log.has(template.tag(), name) || store.tellsLost(name);
    var comparison = new Comparison(store, truth, hits, anatomy, isTold, random);
    for (Violation found : comparison.run()) {
      violations.add(new Violation(found.kind(), when + ": " + found.getMessage()));
    }
    return comparison.errors();
  }

  private void mutate(StoreUnderTest store, Hits hits) throws IOException {
    Predicate<String> mayFail = name -> hits.test(name);
    var work = new RandomWork(random, truth, clock, template.tag(), true, mayFail);
    for (int i = 0; i < MUTATIONS; i++) {
      try {
        work.step(store);
      } catch (IOException e) {
        violations.add(new Violation("mutation fails", work.history().getLast() + ": " + e, e));
        break;
      }
    }
    then("mutated " + work.history());
  }

  /// A client whose blob is not there any more puts it again, under the id that it has.
  private void retryBlobs(StoreUnderTest store, Hits hits) throws IOException {
    for (Map.Entry<FileId, byte[]> blob : truth.blobs.entrySet()) {
      if (hits.test(blob.getKey()) && isGone(store, blob.getKey()) && store.putBlobAs(blob.getKey(), blob.getValue())) {
        then("blob " + blob.getKey() + " put again");
        hits.remove(blob.getKey());
      }
    }
  }

  private static boolean isGone(StoreUnderTest store, FileId id) {
    try {
      return store.readBlob(id) == null;
    } catch (IOException _) {
      return false;
    }
  }

  /// An id that was deleted is never written again.
  private void reuseDeadBlobs(StoreUnderTest store) throws IOException {
    for (FileId id : truth.deadBlobs) {
      if (store.putBlobAs(id, new byte[]{1})) {
        violation("deleted file id written again", id.toString());
        return;
      }
    }
  }

  /// Everything that would work in the background, until there is no more to do.
  private void settle(StoreUnderTest store, InjectedDamage damage, int errors) throws IOException {
    Map<Integer, String> unscrubbed = store.scrub();
    if (!unscrubbed.isEmpty()) {
      violation("scrub stops", unscrubbed.toString());
    }
    List<Damage> blamed = store.knownDamages();
    // of a needle that no index knows, since it was not synced before the kill, a scrub cannot tell
    boolean isKnown = damage.hits().needles().stream().filter(damage.hits()::isDamaged)
        .anyMatch(store.volumes()::holds);
    if (errors > 0 && blamed.isEmpty() && isKnown && !damage.isVolumeLost()) {
      violation("scrub is silent", errors + " answers were errors");
    }
    for (Damage one : blamed) {
      boolean isHit = damage.hits().needles().stream()
          .anyMatch(id -> id.volume() == one.volume() && id.key() == one.key());
      if (!isHit && one.key() != 0) {
        violation("scrub blames what is good", one.toString());
        break;
      }
    }
    if (collects(store)) {
      collects(store);
    }
    Map<Integer, String> uncompacted = store.compact();
    if (!uncompacted.isEmpty()) {
      violation("compaction stops", uncompacted.toString());
    }
    then("scrubbed, collected, compacted");
  }
}
