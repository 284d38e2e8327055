package hayloft.filer.uploads;

import hayloft.filer.Bucket;
import hayloft.filer.ChecksumKind;
import hayloft.filer.ListedUpload;
import hayloft.filer.UploadPage;
import hayloft.filer.UploadQuery;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.UploadBody;
import hayloft.filer.objects.ListRange;
import hayloft.filer.objects.RowHeap;
import hayloft.filer.objects.VersionIds;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One page of the uploads under way in a bucket. Confined to one call.
final class UploadListing {

  private final Bucket bucket;
  private final UploadQuery query;
  private final ListRange range;
  private final List<ListedUpload> uploads = new ArrayList<>();
  private final List<String> commonPrefixes = new ArrayList<>();
  private UploadPage.@Nullable Next last;

  UploadListing(Bucket bucket, UploadQuery query) {
    this.bucket = bucket;
    this.query = query;
    range = new ListRange(RowKeys.UPLOADS, bucket.id(), query.prefix(), query.delimiter());
  }

  UploadPage page(KeyStore store) throws IOException {
    if (query.limit() <= 0) {
      return new UploadPage(List.of(), List.of(), Optional.empty());
    }
    try (KeyCursor rows = range.open(store)) {
      boolean more = fill(rows, store);
      return new UploadPage(uploads, commonPrefixes, more ? Optional.ofNullable(last) : Optional.empty());
    }
  }

  private byte[] start() {
    if (query.afterKey().isEmpty()) {
      return range.from();
    }
    String afterKey = query.afterKey().get();
    byte[] afterKeyBytes = afterKey.getBytes(StandardCharsets.UTF_8);
    OptionalLong afterUpload = query.afterUploadId().map(VersionIds::parse).orElse(OptionalLong.empty());
    boolean withinKey = afterUpload.isPresent() && range.commonPrefix(afterKeyBytes) == null;
    return withinKey
        ? RowKeys.upload(bucket.id(), afterKeyBytes, afterUpload.getAsLong() + 1)
        : range.afterEntry(afterKey);
  }

  /// True if there is more than fits.
  private boolean fill(KeyCursor rows, KeyStore store) throws IOException {
    boolean found = rows.seek(start());
    while (found) {
      byte[] row = rows.key();
      long upload = RowKeys.lastLong(row);
      if (store.get(RowKeys.endedUpload(upload)) != null) {
        found = rows.next();
        continue;
      }
      if (uploads.size() + commonPrefixes.size() == query.limit()) {
        return true;
      }
      byte[] key = RowKeys.keyOfUpload(row);
      byte[] rolledUp = range.commonPrefix(key);
      if (rolledUp == null) {
        if (!add(new String(key, StandardCharsets.UTF_8), upload, rows.value())) {
          return true;
        }
        found = rows.next();
      } else {
        String commonPrefix = new String(rolledUp, StandardCharsets.UTF_8);
        if (!query.room().takes(commonPrefix, RowHeap.ofPrefix(commonPrefix))) {
          return true;
        }
        commonPrefixes.add(commonPrefix);
        last = new UploadPage.Next(commonPrefix, "");
        found = rows.seek(range.afterPrefix(rolledUp));
      }
    }
    return false;
  }

  /// False if there is no room for it.
  private boolean add(String key, long upload, byte[] value) throws IOException {
    UploadBody body = UploadBody.readShown(RowValue.body(value), bucket.ownerId());
    var listed = new ListedUpload(VersionIds.of(upload), key, body.initiated(), body.attributes().ownerId(),
        body.attributes().storageClass(),
        body.checksum().flatMap(algorithm -> ChecksumKind.of(algorithm, body.composite())));
    if (!query.room().takes(key, RowHeap.of(listed, bucket.ownerId()))) {
      return false;
    }
    uploads.add(listed);
    last = new UploadPage.Next(key, listed.uploadId());
    return true;
  }
}
