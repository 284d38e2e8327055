package hayloft.filer;

/// Somebody who signs requests. Immutable.
///
/// @param id canonical id, as ACLs and owners show it
/// @param secretKey in the clear in memory only; the catalog seals it before it reaches a needle
/// @param admin may do everything
public record User(String id, String displayName, String accessKey, String secretKey, boolean admin) {

  @Override
  public String toString() {
    return "User[id=" + id + ", accessKey=" + accessKey + ", admin=" + admin + "]";
  }
}
