package hayloft.filer;

import hayloft.filer.objects.ObjectTable;
import hayloft.filer.uploads.UploadTable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Counts what is in buckets, page by page, and keeps what was counted last of each. Thread-safe.
final class BucketCounts {

  private static final int PAGE = 1000;

  private final ObjectTable objects;
  private final UploadTable uploads;
  private final InstantSource clock;
  private final Map<Long, BucketCount> last = new ConcurrentHashMap<>();

  BucketCounts(ObjectTable objects, UploadTable uploads, InstantSource clock) {
    this.objects = objects;
    this.uploads = uploads;
    this.clock = clock;
  }

  /// Uploads first: one that becomes an object meanwhile counts twice rather than not at all.
  BucketCount count(Bucket bucket, CountProgress progress) throws IOException {
    var tally = new Tally(progress);
    var began = clock.instant();
    Optional<UploadPage.Next> uploadsFrom = Optional.empty();
    do {
      UploadPage page = uploads.list(bucket, new UploadQuery("", "", uploadsFrom.map(UploadPage.Next::key),
          uploadsFrom.map(UploadPage.Next::uploadId), PAGE));
      for (ListedUpload upload : page.uploads()) {
        tally.add(uploads.contents(upload));
      }
      uploadsFrom = page.next();
    } while (uploadsFrom.isPresent());
    Optional<VersionPage.Next> from = Optional.empty();
    do {
      VersionPage page = objects.listVersions(bucket, new VersionQuery("", "", from.map(VersionPage.Next::key),
          from.flatMap(VersionPage.Next::versionId), PAGE));
      for (VersionPage.Entry entry : page.entries()) {
        tally.add(entry);
      }
      from = page.next();
    } while (from.isPresent());
    var counted = new BucketCount(began, tally.objects, tally.versions, tally.markers, tally.bytes, tally.uploads,
        tally.uploadBytes);
    last.put(bucket.id(), counted);
    return counted;
  }

  /// Sums of one walk. Confined to its thread.
  private static final class Tally {
    private final CountProgress progress;
    private long objects;
    private long versions;
    private long markers;
    private long bytes;
    private long uploads;
    private long uploadBytes;

    Tally(CountProgress progress) {
      this.progress = progress;
    }

    void add(UploadContents upload) throws InterruptedIOException {
      uploads++;
      uploadBytes += upload.bytes();
      progress.counted(uploads);
    }

    void add(VersionPage.Entry entry) throws InterruptedIOException {
      switch (entry) {
        case VersionPage.Entry.Version(ListedVersion version, boolean latest) -> {
          objects += latest ? 1 : 0;
          versions++;
          bytes += version.sizeBytes();
        }
        case VersionPage.Entry.Marker _ -> markers++;
      }
      progress.counted(uploads + versions + markers);
    }
  }

  /// Empty if the bucket was not counted since the start.
  Optional<BucketCount> last(Bucket bucket) {
    return Optional.ofNullable(last.get(bucket.id()));
  }

  void forget(Bucket bucket) {
    last.remove(bucket.id());
  }
}
