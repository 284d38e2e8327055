package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.Bucket;
import hayloft.filer.ListedUpload;
import hayloft.filer.UploadContents;
import hayloft.filer.UploadPage;
import hayloft.filer.UploadQuery;
import hayloft.filer.VolumeCatalog;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// `s3.clean.uploads`. Thread-safe.
final class UploadCommands {

  private static final int PAGE = 1000;
  /// Of uploads that are named; all are counted.
  private static final int MOST_TOLD = 1000;
  private static final long MOST_SECONDS = Duration.ofDays(99_999).toSeconds();

  private final VolumeCatalog catalog;
  private final InstantSource clock;

  UploadCommands(VolumeCatalog catalog, InstantSource clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.changesLongIfApplied("s3.clean.uploads", this::clean));
  }

  /// What came of one run. Confined to its job.
  private static final class Sweep {
    private final Instant before;
    private final boolean apply;
    private final ObjectNode answer;
    private final ArrayNode told;
    private long seen;
    private long stale;
    private long parts;
    private long bytes;

    Sweep(Instant before, boolean apply) {
      this.before = before;
      this.apply = apply;
      answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("before", before.toString());
      told = answer.putArray("uploads");
    }

    ObjectNode sum() {
      if (stale > told.size()) {
        JsonNode last = told.path(told.size() - 1);
        answer.putObject("next").put("after", last.path("bucket").asText() + "/" + last.path("key").asText())
            .put("afterUpload", last.path("uploadId").asText());
      }
      return answer.put("count", stale).put("parts", parts).put("bytes", bytes).put("truncated", stale > told.size());
    }
  }

  private Jobs.Work clean(AdminCall call) {
    Arguments arguments = call.arguments();
    Optional<String> name = arguments.optionalText("bucket");
    long seconds = arguments.number("timeAgoSeconds", Duration.ofHours(24).toSeconds(), 0, MOST_SECONDS);
    boolean apply = arguments.flag("apply");
    Optional<TreePath> after = arguments.optionalText("after").map(TreePath::parse);
    Optional<String> afterUpload = arguments.optionalText("afterUpload");
    arguments.requireAllKnown();
    if (afterUpload.isPresent() && (after.isEmpty() || !UploadQuery.isMarker(afterUpload.get()))) {
      throw AdminRefusal.wrong("-afterUpload goes with -after, and both are what a list ended with");
    }
    List<Bucket> buckets = name.isEmpty()
        ? catalog.buckets()
        : List.of(catalog.findBucket(name.get())
            .orElseThrow(() -> AdminRefusal.absent("there is no bucket " + name.get())));
    var sweep = new Sweep(clock.instant().minusSeconds(seconds), apply);
    return job -> {
      for (Bucket bucket : buckets) {
        if (after.isPresent() && bucket.name().compareTo(after.get().bucket()) < 0) {
          continue;
        }
        job.doing(bucket.name());
        boolean goesOn = after.isPresent() && bucket.name().equals(after.get().bucket())
            && !after.get().key().isEmpty();
        sweep(bucket, goesOn ? after.map(TreePath::key) : Optional.empty(), goesOn ? afterUpload : Optional.empty(),
            sweep, job);
      }
      return sweep.sum();
    };
  }

  private void sweep(Bucket bucket, Optional<String> afterKey, Optional<String> afterUpload, Sweep sweep, Job job)
      throws IOException {
    var query = new UploadQuery("", "", afterKey, afterUpload, PAGE);
    Optional<UploadPage.Next> from;
    do {
      UploadPage page = catalog.listUploads(bucket, query);
      for (ListedUpload upload : page.uploads()) {
        look(bucket, upload, sweep);
        job.progress(++sweep.seen, 0, "uploads");
      }
      from = page.next();
      query = new UploadQuery("", "", from.map(UploadPage.Next::key), from.map(UploadPage.Next::uploadId), PAGE);
    } while (from.isPresent());
  }

  /// An upload that still gets parts is under way, however long ago it began.
  private void look(Bucket bucket, ListedUpload upload, Sweep sweep) throws IOException {
    if (upload.initiated().isAfter(sweep.before)) {
      return;
    }
    UploadContents contents = catalog.contents(upload);
    if (contents.lastTouched().isAfter(sweep.before)
        || (sweep.apply && !catalog.abortUpload(bucket, upload.key(), upload.uploadId()))) {
      return; // the latter: it ended meanwhile
    }
    sweep.stale++;
    sweep.parts += contents.parts();
    sweep.bytes += contents.bytes();
    if (sweep.told.size() < MOST_TOLD) {
      sweep.told.addObject().put("bucket", bucket.name()).put("key", upload.key()).put("uploadId", upload.uploadId())
          .put("owner", upload.ownerId()).put("initiated", upload.initiated().toString())
          .put("lastTouched", contents.lastTouched().toString())
          .put("ageSeconds", Duration.between(contents.lastTouched(), clock.instant()).toSeconds())
          .put("parts", contents.parts()).put("bytes", contents.bytes());
    }
  }
}
