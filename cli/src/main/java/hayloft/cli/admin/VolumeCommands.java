package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.VolumeStatus;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.losses.Losses;
import hayloft.filer.losses.VolumeDrop;
import hayloft.filer.rows.LostTruth;
import hayloft.master.Topology;
import hayloft.master.placement.Demand;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import hayloft.volume.compaction.Pace;
import hayloft.volume.scrub.Damage;
import hayloft.volume.scrub.Scrubber;
import hayloft.volume.scrub.VolumeRecord;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/// `volume.list`, `grow`, `mark`, `vacuum`, `scrub`, `fsck` and `drop`. Thread-safe.
final class VolumeCommands {

  private static final int MOST_GROWN = 100;
  private static final int MOST_SHOWN = 20;
  private static final double USUAL_THRESHOLD = 0.3;
  private static final long UNPACED = 1L << 50;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private final AdminRooms rooms;
  private final DamageNames names;

  VolumeCommands(AdminRooms rooms, DamageNames names) {
    this.rooms = rooms;
    this.names = names;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("volume.list", this::list), AdminCommand.changes("volume.grow", this::grow),
        AdminCommand.changes("volume.mark", this::mark),
        AdminCommand.changesLongIfApplied("volume.vacuum", this::vacuum),
        AdminCommand.readsLong("volume.scrub", this::scrub), AdminCommand.readsLong("volume.fsck", this::fsck),
        AdminCommand.changesLongIfApplied("volume.drop", this::drop));
  }

  private JsonNode list(AdminCall call) throws IOException {
    Optional<String> collection = call.arguments().optionalText("collection");
    List<Integer> ids = call.arguments().numbers("volumes");
    call.arguments().requireAllKnown();
    Topology topology = rooms.master().topology();
    Map<Integer, VolumeEntry> entries = new HashMap<>();
    topology.volumes().forEach(entry -> entries.put(entry.id(), entry));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode volumes = answer.putArray("volumes");
    requireThere(topology, ids, collection);
    for (Topology.Server server : topology.servers()) {
      for (VolumeStatus volume : server.volumes()) {
        boolean wanted = (ids.isEmpty() || ids.contains(volume.spec().id()))
            && collection.map(volume.spec().collection()::equals).orElse(true);
        if (wanted) {
          try {
            volumes.add(volume(volume, Optional.ofNullable(entries.get(volume.spec().id()))));
          } catch (NoSuchVolumeException _) {
            // it was retired since its server told of it
          }
        }
      }
    }
    return answer;
  }

  /// Who asks for one by its name wants to know that there is none.
  private static void requireThere(Topology topology, List<Integer> ids, Optional<String> collection) {
    Set<Integer> there = new TreeSet<>();
    Set<String> collections = new TreeSet<>();
    topology.servers().forEach(server -> server.volumes().forEach(volume -> {
      there.add(volume.spec().id());
      collections.add(volume.spec().collection());
    }));
    for (int id : ids) {
      if (!there.contains(id)) {
        throw AdminRefusal.absent("there is no volume " + id + (there.isEmpty()
            ? ", nor any other"
            : "; there are "
                + shown(there)));
      }
    }
    if (collection.isPresent() && !collections.contains(collection.get())) {
      collections.remove("");
      throw AdminRefusal.absent("there is no collection " + collection.get()
          + (collections.isEmpty() ? ", nor any other with a name" : "; there are " + shown(collections)));
    }
  }

  private static String shown(Set<?> names) {
    String text = names.stream().limit(MOST_SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
    return names.size() > MOST_SHOWN ? text + " and " + (names.size() - MOST_SHOWN) + " more" : text;
  }

  private ObjectNode volume(VolumeStatus volume, Optional<VolumeEntry> entry) throws IOException {
    VolumeRecord scrubbed = rooms.volumes().scrubRecord(volume.spec().id());
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("volume", volume.spec().id())
        .put("collection", volume.spec().collection())
        .put("purpose", lower(entry.map(VolumeEntry::purpose).orElse(VolumePurpose.UNASSIGNED)))
        .put("state", lower(volume.state())).put("replication", volume.spec().placement().toString())
        .put("sizeBytes", volume.sizeBytes()).put("limitBytes", volume.spec().limitBytes())
        .put("liveNeedles", volume.liveNeedles()).put("deadNeedles", volume.deadNeedles())
        .put("deadBytes", volume.deadBytes()).put("garbage", garbage(volume)).put("generation", volume.generation())
        .put("directory", volume.directory()).put("damages", scrubbed.damages().size());
    volume.unwritable().ifPresent(reason -> json.put("takesNothingBecause", lower(reason)));
    scrubbed.verified().ifPresent(at -> json.put("verified", at.toString()));
    return json;
  }

  private static double garbage(VolumeStatus volume) {
    return volume.sizeBytes() == 0 ? 0 : Math.round(1000.0 * volume.deadBytes() / volume.sizeBytes()) / 1000.0;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private JsonNode grow(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    int count = (int) arguments.number("count", 1, 1, MOST_GROWN);
    VolumePurpose purpose = switch (arguments.optionalText("purpose").orElse("small")) {
      case "small" -> VolumePurpose.SMALL;
      case "bulk" -> VolumePurpose.BULK;
      case "blob" -> VolumePurpose.BLOB;
      case String other -> throw AdminRefusal.wrong("-purpose must be one of small, bulk, blob, got " + other);
    };
    String collection = arguments.optionalText("collection").orElse("");
    String diskType = arguments.optionalText("diskType").orElse("");
    arguments.requireAllKnown();
    try {
      var demand = new Demand(purpose, collection, ReplicaPlacement.NONE, diskType);
      ObjectNode answer = JsonNodeFactory.instance.objectNode();
      ArrayNode grown = answer.putArray("volumes");
      rooms.master().grow(demand, count).forEach(grown::add);
      return answer;
    } catch (NoWritableVolumeException e) {
      throw new AdminRefusal(503, "NoRoom", String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) { // the collection
      throw AdminRefusal.wrong(String.valueOf(e.getMessage()));
    }
  }

  private JsonNode mark(AdminCall call) throws IOException {
    List<Integer> ids = call.arguments().numbers("volumes");
    boolean readOnly = call.arguments().flag("readOnly");
    boolean writable = call.arguments().flag("writable");
    call.arguments().requireAllKnown();
    if (ids.isEmpty() || readOnly == writable) {
      throw AdminRefusal.wrong("name volumes with -volumeId, and say one of -readonly and -writable");
    }
    requireKnown(ids);
    for (int id : ids) {
      try {
        rooms.master().markReadOnly(id, readOnly);
      } catch (IllegalArgumentException e) {
        throw AdminRefusal.conflict(String.valueOf(e.getMessage()));
      }
    }
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("readOnly", readOnly);
    ids.forEach(answer.putArray("volumes")::add);
    return answer;
  }

  /// The volumes of a list, or all if it is empty; without those that hold nothing.
  private List<VolumeStatus> chosen(List<Integer> ids) {
    requireKnown(ids);
    return rooms.volumes().volumes().stream().filter(volume -> ids.isEmpty() || ids.contains(volume.spec().id()))
        .toList();
  }

  private void requireKnown(List<Integer> ids) {
    Set<Integer> missing = new TreeSet<>(ids);
    rooms.volumes().volumes().forEach(volume -> missing.remove(volume.spec().id()));
    if (!missing.isEmpty()) {
      throw AdminRefusal.absent("there is no volume " + missing.iterator().next());
    }
  }

  private Jobs.Work vacuum(AdminCall call) {
    Arguments arguments = call.arguments();
    List<Integer> ids = arguments.numbers("volumes");
    double threshold = arguments.fraction("garbageThreshold", USUAL_THRESHOLD);
    boolean apply = arguments.flag("apply");
    arguments.requireAllKnown();
    List<VolumeStatus> due = chosen(ids).stream()
        .filter(volume -> volume.deadBytes() > 0 && volume.deadBytes() >= threshold * volume.sizeBytes()).toList();
    return job -> {
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("garbageThreshold",
          threshold);
      ArrayNode volumes = answer.putArray("volumes");
      long total = due.stream().mapToLong(VolumeStatus::sizeBytes).sum();
      long done = 0;
      long freed = 0;
      for (VolumeStatus volume : due) {
        int id = volume.spec().id();
        ObjectNode json = volumes.addObject().put("volume", id).put("sizeBytes", volume.sizeBytes())
            .put("deadBytes", volume.deadBytes()).put("garbage", garbage(volume));
        if (apply) {
          job.doing("volume " + id);
          boolean compacted = false;
          String why = "no room for the copy, it is being compacted already, or it has failed";
          try {
            compacted = compact(id, job, done, total);
          } catch (InterruptedIOException e) { // cancelled
            throw e;
          } catch (IOException e) { // the others have their turn all the same
            why = String.valueOf(e.getMessage());
          }
          long after = sizeOf(id);
          json.put("compacted", compacted).put("sizeBytesAfter", after);
          freed += compacted ? volume.sizeBytes() - after : 0;
          job.say(compacted
              ? "volume " + id + ": " + volume.sizeBytes() + " bytes became " + after
              : "volume " + id + " was left alone: " + why);
        }
        done += volume.sizeBytes();
      }
      return answer.put("deadBytes", due.stream().mapToLong(VolumeStatus::deadBytes).sum()).put("freedBytes", freed);
    };
  }

  /// Waits for it, or until the job is cancelled: then the compaction ends by itself, or with the server.
  private boolean compact(int id, Job job, long done, long total) throws IOException {
    var compaction = new FutureTask<>(() -> rooms.volumes().compact(id));
    Thread.ofPlatform().daemon().name("vacuum-" + id).start(compaction);
    while (true) {
      job.progress(done, total, "bytes");
      try {
        return compaction.get(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException _) {
        // looks again whether somebody has cancelled it
      } catch (ExecutionException e) {
        throw new IOException("compaction of volume " + id + ": " + e.getCause(), e);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while volume " + id + " was compacted");
      }
    }
  }

  private long sizeOf(int id) {
    return rooms.volumes().volumes().stream().filter(volume -> volume.spec().id() == id).findFirst()
        .map(VolumeStatus::sizeBytes).orElse(0L);
  }

  private Jobs.Work scrub(AdminCall call) {
    List<Integer> ids = call.arguments().numbers("volumes");
    long rate = call.arguments().number("bytesPerSecond", 0, 0, UNPACED);
    call.arguments().requireAllKnown();
    List<VolumeStatus> volumes = chosen(ids);
    return job -> {
      var pace = new Pace(rate == 0 ? UNPACED : rate);
      job.onCancel(pace::stop);
      long total = volumes.stream().mapToLong(VolumeStatus::sizeBytes).sum();
      var watching = new Watching(job, total);
      ObjectNode answer = JsonNodeFactory.instance.objectNode();
      ArrayNode unread = answer.putArray("unread");
      for (VolumeStatus volume : volumes) {
        int id = volume.spec().id();
        job.doing("volume " + id);
        try {
          rooms.volumes().scrub(id, pace, watching);
          watching.volumeDone(volume.sizeBytes());
        } catch (InterruptedIOException e) { // cancelled
          throw e;
        } catch (IOException e) { // the others are verified all the same
          job.say("volume " + id + " could not be read: " + e.getMessage());
          unread.addObject().put("volume", id).put("what", e.getMessage());
        }
      }
      answer.put("volumes", volumes.size() - unread.size()).put("bytes", watching.before);
      names.describe(watching.damages, answer.putArray("damages"));
      for (JsonNode damage : answer.path("damages")) {
        damage.path("objects").forEach(name -> job.say("damaged: " + name.asText()));
      }
      return answer;
    };
  }

  /// Confined to the job's thread.
  private static final class Watching implements Scrubber.Watcher {
    private final Job job;
    private final long total;
    private final List<Damage> damages = new ArrayList<>();
    private long before;

    Watching(Job job, long total) {
      this.job = job;
      this.total = total;
    }

    void volumeDone(long bytes) {
      before += bytes;
    }

    @Override
    public void read(long doneBytes, long totalBytes) throws InterruptedIOException {
      job.progress(Math.min(total, before + doneBytes), total, "bytes");
    }

    @Override
    public void damaged(Damage damage) {
      damages.add(damage);
      job.say("damage: " + damage.what());
    }
  }

  private Jobs.Work fsck(AdminCall call) {
    List<Integer> ids = call.arguments().numbers("volumes");
    call.arguments().requireAllKnown();
    requireKnown(ids);
    return job -> AuditJob.run(rooms.catalog(), new HashSet<>(ids), job);
  }

  /// Of one volume after the other: what is lost, and with `apply` gives it up. A volume whose files are gone is none
  /// that [#requireKnown] knows.
  private Jobs.Work drop(AdminCall call) {
    List<Integer> ids = call.arguments().numbers("volumes");
    boolean missing = call.arguments().flag("missing");
    boolean apply = call.arguments().flag("apply");
    call.arguments().requireAllKnown();
    if (missing != ids.isEmpty()) {
      throw AdminRefusal.wrong("name volumes with -volumeId, or say -missing for all whose files are not there");
    }
    return job -> {
      List<Integer> wanted = missing ? missing() : ids;
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply);
      ArrayNode volumes = answer.putArray("volumes");
      long lost = 0;
      for (int id : wanted) {
        job.progress(volumes.size(), wanted.size(), "volumes");
        job.doing("volume " + id);
        ObjectNode json = volumes.addObject().put("volume", id);
        drop(id, apply, job, json);
        lost += json.path("lostCount").asLong();
      }
      return answer.put("lost", lost);
    };
  }

  private List<Integer> missing() throws IOException {
    return rooms.catalog().lostTruths().stream().map(Losses.Loss::truth).filter(LostTruth::isWholeVolume)
        .map(LostTruth::volume).sorted().toList();
  }

  private void drop(int id, boolean apply, Job job, ObjectNode json) throws IOException {
    boolean filesAreThere = rooms.volumes().volumes().stream().anyMatch(volume -> volume.spec().id() == id);
    var told = new Dropping(job, apply, json);
    boolean isGone = rooms.catalog().isGone(id);
    json.put("filesAreThere", filesAreThere).put("goneAlready", isGone);
    try {
      if (!isGone && apply) {
        rooms.catalog().dropVolume(id, told);
      } else if (!isGone) {
        rooms.catalog().lookAtDrop(id, told);
      }
    } catch (IllegalArgumentException e) {
      throw AdminRefusal.absent(String.valueOf(e.getMessage()));
    }
    json.put("lostCount", told.lost).put("keptCount", told.kept);
  }

  /// Names what goes and what stays: in the answer, or while the job runs if that would become too long. Confined to
  /// the job's thread.
  private static final class Dropping implements VolumeDrop.Watcher {
    private static final int MOST_NAMED = 100_000;

    private final Job job;
    private final boolean apply;
    private final ArrayNode lostNames;
    private final ArrayNode keptNames;
    private long lost;
    private long kept;

    Dropping(Job job, boolean apply, ObjectNode json) {
      this.job = job;
      this.apply = apply;
      this.lostNames = json.putArray("lost");
      this.keptNames = json.putArray("kept");
    }

    @Override
    public void lost(String what, NeedleAt needle) {
      if (lost++ < MOST_NAMED) {
        lostNames.addObject().put("what", what).put("needle", needle.toString());
      } else {
        job.say((apply ? "lost: " : "would be lost: ") + what + ", needle " + needle);
      }
    }

    @Override
    public void kept(String what) {
      if (kept++ < MOST_NAMED) {
        keptNames.add(what);
      }
    }
  }
}
