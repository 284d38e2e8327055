package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.FileFault;
import hayloft.cli.ProgramVersion;
import hayloft.common.log.EventLog;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.filer.keystore.StoreSizes;
import hayloft.master.Topology;
import hayloft.master.state.VolumeEntry;
import hayloft.volume.scrub.ScrubFigures;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// `cluster.status`, `cluster.check`, `collection.list`. Thread-safe.
final class ClusterCommands {

  private static final EventLog LOG = EventLog.of(ClusterCommands.class);

  /// Why garbage waits in the course of things.
  private static final Set<String> PASSING = Set.of("being_read", "busy");

  private final AdminRooms rooms;
  private final StoreFacts facts;
  private final AdminLock lock;
  private final AdminLog log;
  private final Jobs jobs;
  private final DamageNames damages;
  private final InstantSource clock;

  ClusterCommands(AdminRooms rooms, StoreFacts facts, AdminLock lock, AdminLog log, Jobs jobs, DamageNames damages,
      InstantSource clock) {
    this.rooms = rooms;
    this.facts = facts;
    this.lock = lock;
    this.log = log;
    this.jobs = jobs;
    this.damages = damages;
    this.clock = clock;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("cluster.status", this::status), AdminCommand.reads("cluster.check", this::check),
        AdminCommand.reads("collection.list", this::collections));
  }

  private JsonNode status(AdminCall call) throws IOException {
    call.arguments().requireAllKnown();
    Topology topology = rooms.master().topology();
    ObjectNode status = JsonNodeFactory.instance.objectNode().put("version", ProgramVersion.numberAndCommit())
        .put("store", facts.storeId()).put("started", facts.started().toString())
        .put("uptimeSeconds", Duration.between(facts.started(), clock.instant()).toSeconds())
        .put("durability", facts.durability().text());
    ArrayNode endpoints = status.putArray("endpoints");
    facts.endpoints().forEach(
        endpoint -> endpoints.addObject().put("role", endpoint.getKey()).put("url", endpoint.getValue()));
    ArrayNode disks = status.putArray("disks");
    rooms.volumes().disks().forEach(disk -> disks.add(disk(disk)));
    status.set("volumes", volumes(topology));
    StoreSizes sizes = rooms.catalog().storeSizes();
    ObjectNode catalog = status.putObject("catalog").put("stopped", rooms.catalog().isStopped())
        .put("epoch", topology.epoch())
        .put("buckets", rooms.catalog().buckets().size()).put("users", rooms.catalog().users().size())
        .put("rowsEstimated", sizes.rows()).put("fileBytes", sizes.fileBytes()).put("memoryBytes", sizes.memoryBytes())
        .put("lostTruths", rooms.catalog().lostTruthCount());
    rooms.catalog().givenUpVolumes().forEach(catalog.putArray("givenUpVolumes")::add);
    ObjectNode aside = catalog.putObject("garbagePutAside");
    rooms.catalog().garbagePutAside().forEach(aside::put);
    ObjectNode postponed = status.putObject("compactionsPostponed");
    rooms.volumes().postponedCompactions().forEach((id, why) -> postponed.put(String.valueOf(id), why));
    ScrubFigures scrub = rooms.volumes().scrubFigures();
    ObjectNode scrubJson = status.putObject("scrub").put("periodSeconds", facts.scrubPeriod().toSeconds())
        .put("debtSeconds", scrub.debt().toSeconds()).put("bytesVerified", scrub.bytesVerified());
    damages.describe(scrub.damages(), scrubJson.putArray("damages"));
    lock.holderNow().ifPresent(holder -> status.putObject("lock").put("who", holder.caller().userId())
        .put("session", holder.caller().session()).put("reason", holder.what()).put("since", holder.since().toString())
        .put("until", holder.until().equals(Instant.MAX) ? "its work is done" : holder.until().toString()));
    ArrayNode running = status.putArray("jobs");
    jobs.running().forEach(job -> running.add(job.summary()));
    return status.put("auditLog", log.file().toString());
  }

  private static ObjectNode disk(DiskStatus disk) {
    return JsonNodeFactory.instance.objectNode().put("directory", disk.directory()).put("diskType", disk.diskType())
        .put("totalBytes", disk.totalBytes()).put("freeBytes", disk.freeBytes())
        .put("reserveBytes", disk.reserveBytes()).put("writable", disk.writable()).put("failures", disk.failures());
  }

  private static ObjectNode volumes(Topology topology) {
    int writable = 0;
    int sealed = 0;
    int readOnly = 0;
    int failed = 0;
    long sizeBytes = 0;
    long deadBytes = 0;
    long needles = 0;
    for (Topology.Server server : topology.servers()) {
      for (VolumeStatus volume : server.volumes()) {
        Optional<Reason> reason = volume.unwritable();
        if (reason.equals(Optional.of(Reason.FAILED))) {
          failed++;
        } else if (volume.state() != VolumeState.WRITABLE) {
          sealed++;
        } else if (reason.equals(Optional.of(Reason.READ_ONLY))) {
          readOnly++;
        } else {
          writable++;
        }
        sizeBytes += volume.sizeBytes();
        deadBytes += volume.deadBytes();
        needles += volume.liveNeedles();
      }
    }
    return JsonNodeFactory.instance.objectNode().put("writable", writable).put("readOnly", readOnly)
        .put("sealed", sealed).put("failed", failed).put("sizeBytes", sizeBytes).put("deadBytes", deadBytes)
        .put("liveNeedles", needles);
  }

  /// Each finding says what it is about, what is wrong, and what helps.
  private static void found(ArrayNode findings, String level, String about, String what, String help) {
    findings.addObject().put("level", level).put("about", about).put("what", what).put("help", help);
  }

  private JsonNode check(AdminCall call) throws IOException {
    call.arguments().requireAllKnown();
    ArrayNode findings = JsonNodeFactory.instance.arrayNode();
    int checks = 2 + look("disks", this::checkDisks, findings)
        + look("volumes", into -> checkVolumes(rooms.master().topology(), into), findings);
    if (rooms.catalog().isStopped()) {
      found(findings, "error", "catalog", "it has stopped after a fault: reads go on, everything else is refused",
          "look for 'catalog.stopped' in the log and mend the cause;"
              + " the server then goes on by itself ('server.startedAgain')");
    }
    if (rooms.master().isStopped()) {
      found(findings, "error", "master",
          "it has stopped after a fault of its disk: reads go on, everything else is refused",
          "look for 'master.stopped' in the log and mend the cause;"
              + " the server then goes on by itself ('server.startedAgain')");
    }
    checks += look("catalog", this::checkTruths, findings) + look("garbage", this::checkWaiting, findings)
        + look("scrub", this::checkScrub, findings) + look("audit log", this::checkLog, findings);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("checks", checks)
        .put("errors", count(findings, "error")).put("warnings", count(findings, "warning"));
    answer.set("findings", findings);
    return answer;
  }

  /// Adds what it finds.
  @FunctionalInterface
  private interface Look {
    /// @return how much was looked at
    int at(ArrayNode findings) throws IOException;
  }

  /// One that fails is a finding, and the others go on.
  private static int look(String about, Look look, ArrayNode findings) {
    try {
      return look.at(findings);
    } catch (IOException | RuntimeException e) {
      LOG.warning("admin.checkFailed").with("about", about).say(e);
      found(findings, "error", about, "this could not be checked: "
          + (e instanceof IOException fault ? FileFault.text(fault) : "a fault of the server's own"),
          "the log says more (admin.checkFailed)");
      return 1;
    }
  }

  private static long count(ArrayNode findings, String level) {
    long count = 0;
    for (JsonNode finding : findings) {
      count += finding.path("level").asText().equals(level) ? 1 : 0;
    }
    return count;
  }

  /// Names would take a walk over all rows: `catalog.lost` has them.
  private int checkTruths(ArrayNode findings) throws IOException {
    int lost = rooms.catalog().lostTruthCount();
    if (lost > 0) {
      found(findings, "error", "catalog",
          lost + " needles cannot be read that may be the newest state of something: what rests on older ones answers "
              + "500",
          "catalog.lost names them, and what to do about each");
    }
    List<Integer> givenUp = rooms.catalog().givenUpVolumes();
    if (!givenUp.isEmpty()) {
      found(findings, "note", "volumes", "given up with what was in them: " + givenUp,
          "nothing; files of theirs that are there end in .given-up and may be deleted when nobody wants to look into "
              + "them");
    }
    return 2;
  }

  /// What is tried again later by itself, and should not have to be.
  private int checkWaiting(ArrayNode findings) {
    rooms.volumes().postponedCompactions().forEach((id, why) -> found(findings, "warning", "volume " + id,
        "its compaction failed and is tried again after growing pauses: " + why,
        "look at its disk; volume.scrub -volumeId " + id + " names what is damaged"));
    rooms.catalog().garbagePutAside().forEach((reason, notes) -> {
      if (notes > 0 && !PASSING.contains(reason)) {
        found(findings, "warning", "garbage", "of " + notes + " keys, uploads or buckets it is not collected: "
            + reason.replace('_', ' '),
            "the log names them (garbage.putAside); they are tried again after growing pauses");
      }
    });
    return 2;
  }

  private int checkDisks(ArrayNode findings) {
    List<DiskStatus> disks = rooms.volumes().disks();
    for (DiskStatus disk : disks) {
      if (disk.failures() > 0) {
        found(findings, "error", disk.directory(), disk.failures() + " writes or syncs failed since the start",
            "replace the disk; what was acknowledged is still read from it as long as it can be");
      }
      if (disk.totalBytes() == 0) {
        found(findings, "error", disk.directory(), "the disk does not tell its size", "is it still mounted?");
      } else if (!disk.writable()) {
        found(findings, "warning", disk.directory(),
            "only " + disk.freeBytes() + " bytes are free, the reserve is " + disk.reserveBytes()
                + ": it takes no new data",
            "delete something, run volume.vacuum -apply, or free space outside the store");
      }
    }
    return 3 * disks.size();
  }

  private static int checkVolumes(Topology topology, ArrayNode findings) {
    Set<Integer> reported = new HashSet<>();
    int checked = 0;
    boolean anyTakes = false;
    for (Topology.Server server : topology.servers()) {
      if (!server.connected()) {
        found(findings, "error", "server " + server.address().id(), "it has not registered since the start",
            "start it, or look at its log");
      }
      for (VolumeStatus volume : server.volumes()) {
        checked++;
        reported.add(volume.spec().id());
        anyTakes |= volume.unwritable().isEmpty();
        volume.unwritable().ifPresent(reason -> unwritable(volume, reason, findings));
      }
    }
    for (VolumeEntry entry : topology.volumes()) {
      if (entry.state() != VolumeState.RETIRED && !reported.contains(entry.id())) {
        found(findings, "error", "volume " + entry.id(), "the master knows it, and no server has it",
            "put its files back and restart, or give it up: volume.drop -volumeId " + entry.id());
      }
    }
    if (checked > 0 && !anyTakes) {
      found(findings, "warning", "volumes", "none takes needles now",
          "a new one is opened if a disk has room; volume.grow");
    }
    return checked + 1;
  }

  private static void unwritable(VolumeStatus volume, Reason reason, ArrayNode findings) {
    String about = "volume " + volume.spec().id();
    switch (reason) {
      case FAILED -> found(findings, "error", about,
          "a write or sync failed, or its files do not fit together: it takes nothing more",
          "the log says which (volume.failed, volume.frozen): replace the disk of " + volume.directory()
              + "; or stop, put the file back and start, or give the volume up (volume.drop)");
      case READ_ONLY -> found(findings, "warning", about, "it was marked read-only", "volume.mark -writable");
      case SEALED, FULL, NO_SPACE -> {
        // as volumes are at the end of their lives; disks are looked at by themselves
      }
    }
  }

  private int checkScrub(ArrayNode findings) {
    ScrubFigures figures = rooms.volumes().scrubFigures();
    ArrayNode described = JsonNodeFactory.instance.arrayNode();
    damages.describe(figures.damages(), described);
    for (JsonNode damage : described) {
      for (JsonNode name : damage.path("objects")) {
        found(findings, "error", name.asText(), "damaged on the disk: " + damage.path("what").asText(),
            "restore it from elsewhere, or delete it");
      }
    }
    Duration period = facts.scrubPeriod();
    if (!period.isZero() && figures.debt().compareTo(period) > 0) {
      found(findings, "warning", "scrub", "the oldest unverified byte is " + figures.debt().toHours()
          + " hours old, the period is " + period.toHours() + " hours", "raise --scrub-rate");
    }
    return 1 + described.size();
  }

  private int checkLog(ArrayNode findings) {
    if (Files.exists(log.file()) && !Files.isWritable(log.file())) {
      found(findings, "error", log.file().toString(), "the audit log cannot be written: nothing can be administered",
          "give the server's user the right to write it");
    }
    return 1;
  }

  private JsonNode collections(AdminCall call) {
    call.arguments().requireAllKnown();
    Topology topology = rooms.master().topology();
    Map<Integer, VolumeEntry> entries = new TreeMap<>();
    topology.volumes().forEach(entry -> entries.put(entry.id(), entry));
    Map<String, ObjectNode> byName = new TreeMap<>();
    for (Topology.Server server : topology.servers()) {
      for (VolumeStatus volume : server.volumes()) {
        ObjectNode collection = byName.computeIfAbsent(volume.spec().collection(),
            name -> JsonNodeFactory.instance.objectNode().put("collection", name));
        add(collection, "volumes", 1);
        add(collection, "sizeBytes", volume.sizeBytes());
        add(collection, "deadBytes", volume.deadBytes());
        add(collection, "liveNeedles", volume.liveNeedles());
        VolumeEntry entry = entries.get(volume.spec().id());
        if (entry != null) {
          add(collection, entry.purpose().name().toLowerCase(java.util.Locale.ROOT) + "Volumes", 1);
        }
      }
    }
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode collections = answer.putArray("collections");
    byName.values().forEach(collections::add);
    return answer;
  }

  private static void add(ObjectNode to, String name, long more) {
    to.put(name, to.path(name).asLong() + more);
  }
}
