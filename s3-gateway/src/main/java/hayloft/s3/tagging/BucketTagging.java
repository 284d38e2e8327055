package hayloft.s3.tagging;

import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// Where a bucket's tags lie: the setting `tagging`, as the document that GetBucketTagging answers with.
final class BucketTagging {

  static final String SETTING = "tagging";

  private BucketTagging() {}

  static String settingOf(Map<String, String> tags) {
    XmlWriter document = Tags.document(tags);
    ByteBuf bytes = document.finish();
    try {
      return bytes.toString(StandardCharsets.UTF_8);
    } finally {
      bytes.release();
    }
  }

  /// Replaces the setting, or removes it if `setting` is empty.
  ///
  /// @throws hayloft.s3.error.S3Exception NoSuchBucket if the bucket is gone meanwhile
  static void store(Catalog catalog, S3Request request, String setting) throws IOException {
    request.changeBucket(catalog, bucket -> with(bucket, setting));
  }

  private static Bucket with(Bucket bucket, String setting) {
    Map<String, String> settings = new HashMap<>(bucket.settings());
    if (setting.isEmpty()) {
      settings.remove(SETTING);
    } else {
      settings.put(SETTING, setting);
    }
    return bucket.withSettings(settings);
  }
}
