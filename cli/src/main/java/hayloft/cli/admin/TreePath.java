package hayloft.cli.admin;

/// `/bucket/key` as commands of the file tree take it. Immutable.
///
/// @param bucket empty for the root
/// @param key what follows the bucket; a key, or the beginning of keys
record TreePath(String bucket, String key) {

  /// The leading slash may be left out.
  static TreePath parse(String text) {
    String path = text.startsWith("/") ? text.substring(1) : text;
    int slash = path.indexOf('/');
    return slash < 0 ? new TreePath(path, "") : new TreePath(path.substring(0, slash), path.substring(slash + 1));
  }

  boolean isRoot() {
    return bucket.isEmpty();
  }

  /// What keys inside begin with, as if this were a directory.
  String prefix() {
    return key.isEmpty() || key.endsWith("/") ? key : key + "/";
  }

  @Override
  public String toString() {
    return isRoot() ? "/" : "/" + bucket + (key.isEmpty() ? "" : "/" + key);
  }
}
