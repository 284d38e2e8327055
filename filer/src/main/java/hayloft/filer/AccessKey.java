package hayloft.filer;

/// A key that a user signs with. Immutable.
///
/// @param secretKey in the clear in memory only; the catalog seals it before it reaches a needle
public record AccessKey(String accessKey, String secretKey) {

  public AccessKey {
    if (accessKey.isEmpty()) {
      throw new IllegalArgumentException("an access key must not be empty");
    }
  }

  @Override
  public String toString() {
    return "AccessKey[" + accessKey + "]";
  }
}
