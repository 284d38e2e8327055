package hayloft.s3.bucket;

import java.util.regex.Pattern;

/// The rules for a new bucket's name.
/// [Naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html)
public final class BucketName {

  private static final Pattern LABELS = Pattern
      .compile("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*");
  private static final Pattern IP_ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");
  private static final String[] RESERVED_PREFIXES = {"xn--", "sthree-", "amzn-s3-demo-"};
  private static final String[] RESERVED_SUFFIXES = {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"};

  private BucketName() {}

  public static boolean isValid(String name) {
    if (name.length() < 3 || name.length() > 63 || !LABELS.matcher(name).matches()
        || IP_ADDRESS.matcher(name).matches()) {
      return false;
    }
    for (String prefix : RESERVED_PREFIXES) {
      if (name.startsWith(prefix)) {
        return false;
      }
    }
    for (String suffix : RESERVED_SUFFIXES) {
      if (name.endsWith(suffix)) {
        return false;
      }
    }
    return true;
  }
}
