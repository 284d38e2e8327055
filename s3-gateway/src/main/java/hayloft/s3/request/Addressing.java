package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import io.netty.buffer.ByteBufUtil;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds bucket and key in a request: `/bucket/key` (path style), or `/key` with `bucket.domain` as the host.
/// Immutable. [Virtual hosting](https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html)
///
/// Keys are taken as they are: empty segments, `.` and `..`, a trailing slash are parts of the key.
public final class Addressing {

  static final int MAX_KEY_BYTES = 1024;

  private final List<String> domains;

  /// @param domains whose subdomains are buckets, without ports
  public Addressing(List<String> domains) {
    this.domains = domains.stream().map(domain -> domain.toLowerCase(Locale.ROOT))
        .sorted(Comparator.comparing(String::length).reversed()).toList();
  }

  /// What a request is about.
  public enum Level {
    SERVICE,
    BUCKET,
    OBJECT
  }

  /// @param bucket empty at the level of the service
  /// @param key empty unless an object is meant
  /// @param hostBucket the bucket is named by the host
  public record Address(Level level, String bucket, String key, boolean hostBucket) {}

  /// @param path still encoded
  /// @param host the Host header, null if there is none
  /// @throws S3Exception InvalidURI, InvalidBucketName, KeyTooLongError
  public Address resolve(String path, @Nullable String host) {
    if (path.isEmpty() || path.charAt(0) != '/') {
      throw new S3Exception(S3Error.Plain.INVALID_URI);
    }
    String hostBucket = bucketOf(host);
    if (!hostBucket.isEmpty()) {
      return address(hostBucket, path.substring(1), true);
    }
    if (path.length() == 1) {
      return new Address(Level.SERVICE, "", "", false);
    }
    int slash = path.indexOf('/', 1);
    String bucket = PercentEncoding.decodePath(path.substring(1, slash < 0 ? path.length() : slash));
    if (bucket.isEmpty()) {
      throw new S3Exception(new S3Error.InvalidBucketName(bucket));
    }
    return address(bucket, slash < 0 ? "" : path.substring(slash + 1), false);
  }

  private static Address address(String bucket, String rawKey, boolean hostBucket) {
    if (rawKey.isEmpty()) {
      return new Address(Level.BUCKET, bucket, "", hostBucket);
    }
    return new Address(Level.OBJECT, bucket, checkKey(PercentEncoding.decodePath(rawKey)), hostBucket);
  }

  /// Lets keys through that are not too long.
  ///
  /// @throws S3Exception KeyTooLongError
  public static String checkKey(String key) {
    if (key.length() > MAX_KEY_BYTES / 3) { // no character takes more than three bytes, a surrogate pair takes four
      int bytes = ByteBufUtil.utf8Bytes(key);
      if (bytes > MAX_KEY_BYTES) {
        throw new S3Exception(new S3Error.KeyTooLong(bytes, MAX_KEY_BYTES));
      }
    }
    return key;
  }

  /// Whether the host names a bucket.
  ///
  /// @param host the Host header, null if there is none
  public boolean isOfBucket(@Nullable String host) {
    return !bucketOf(host).isEmpty();
  }

  private String bucketOf(@Nullable String host) {
    if (domains.isEmpty() || host == null) {
      return "";
    }
    int colon = host.lastIndexOf(':');
    boolean hasPort = colon > host.lastIndexOf(']');
    String name = (hasPort ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
    for (String domain : domains) {
      if (name.equals(domain)) {
        return "";
      }
      if (name.length() > domain.length() + 1 && name.endsWith(domain)
          && name.charAt(name.length() - domain.length() - 1) == '.') {
        return name.substring(0, name.length() - domain.length() - 1);
      }
    }
    return "";
  }
}
