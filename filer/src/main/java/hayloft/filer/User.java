package hayloft.filer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Somebody who signs requests. Immutable.
///
/// @param id canonical id, as ACLs and owners show it
/// @param secretKey in the clear in memory only; the catalog seals it before it reaches a needle
/// @param admin may do everything
/// @param furtherKeys besides the first, each of another name
/// @param disabled no key of theirs signs anything, until they are enabled again
public record User(String id, String displayName, String accessKey, String secretKey, boolean admin,
    List<AccessKey> furtherKeys, boolean disabled) {

  public User {
    furtherKeys = List.copyOf(furtherKeys);
    long names = furtherKeys.stream().map(AccessKey::accessKey).distinct().count();
    if (names < furtherKeys.size() || furtherKeys.stream().anyMatch(key -> key.accessKey().equals(accessKey))) {
      throw new IllegalArgumentException("user " + id + " would have an access key twice");
    }
  }

  /// One who may sign.
  public User(String id, String displayName, String accessKey, String secretKey, boolean admin,
      List<AccessKey> furtherKeys) {
    this(id, displayName, accessKey, secretKey, admin, furtherKeys, false);
  }

  /// One with a single key.
  public User(String id, String displayName, String accessKey, String secretKey, boolean admin) {
    this(id, displayName, accessKey, secretKey, admin, List.of());
  }

  /// All keys, the first one first.
  public List<AccessKey> keys() {
    List<AccessKey> keys = new ArrayList<>();
    keys.add(new AccessKey(accessKey, secretKey));
    keys.addAll(furtherKeys);
    return List.copyOf(keys);
  }

  /// With these keys instead, of which there must be one at least.
  public User withKeys(List<AccessKey> keys) {
    AccessKey first = keys.getFirst();
    return new User(id, displayName, first.accessKey(), first.secretKey(), admin, keys.subList(1, keys.size()),
        disabled);
  }

  public User withDisabled(boolean next) {
    return new User(id, displayName, accessKey, secretKey, admin, furtherKeys, next);
  }

  /// Whether what one of the user's keys signed is taken: the only place that decides it.
  public boolean maySign() {
    return !disabled;
  }

  /// The secret that one of the user's keys signs with; empty if none of them may.
  public Optional<String> secretOf(String key) {
    if (!maySign()) {
      return Optional.empty();
    }
    if (accessKey.equals(key)) {
      return Optional.of(secretKey);
    }
    return furtherKeys.stream().filter(further -> further.accessKey().equals(key)).map(AccessKey::secretKey)
        .findFirst();
  }

  @Override
  public String toString() {
    return "User[id=" + id + ", accessKey=" + accessKey + ", furtherKeys=" + furtherKeys + ", admin=" + admin
        + ", disabled=" + disabled + "]";
  }
}
