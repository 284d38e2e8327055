package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.AccessKey;
import hayloft.filer.Bucket;
import hayloft.filer.User;
import hayloft.filer.VolumeCatalog;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// `s3.user.list`, `create`, `delete`, `disable`, `enable` and `s3.accesskey.create`, `delete`, `rotate`. Thread-safe.
///
/// A secret is shown once, in the answer that made it, and nowhere else.
final class UserCommands {

  private static final Pattern ACCESS_KEY = Pattern.compile("[A-Za-z0-9._-]{3,128}");
  private static final Pattern USER_ID = Pattern.compile("[A-Za-z0-9._@+-]{1,128}");
  private static final int MOST_KEYS = 16;
  private static final String KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int KEY_LENGTH = 20;
  private static final int SECRET_BYTES = 30;

  private final VolumeCatalog catalog;
  private final String rootUser;
  private final SecureRandom random = new SecureRandom();
  /// One change at a time, so that what was judged still holds.
  private final ReentrantLock changes = new ReentrantLock();

  /// @param rootUser whose first key comes from the environment at each start
  UserCommands(VolumeCatalog catalog, String rootUser) {
    this.catalog = catalog;
    this.rootUser = rootUser;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("s3.user.list", this::list), AdminCommand.changes("s3.user.create", this::create),
        AdminCommand.changesIfApplied("s3.user.delete", this::delete),
        AdminCommand.changes("s3.user.disable", call -> able(call, true)),
        AdminCommand.changes("s3.user.enable", call -> able(call, false)),
        AdminCommand.changes("s3.accesskey.create", this::createKey),
        AdminCommand.changesIfApplied("s3.accesskey.delete", this::deleteKey),
        AdminCommand.changesIfApplied("s3.accesskey.rotate", this::rotateKey));
  }

  private JsonNode list(AdminCall call) {
    var page = new NamePage(call.arguments());
    call.arguments().requireAllKnown();
    Map<String, Long> buckets = catalog.buckets().stream()
        .collect(Collectors.groupingBy(Bucket::ownerId, Collectors.counting()));
    return page.of("users", catalog.users(), User::id, user -> user(user, buckets.getOrDefault(user.id(), 0L)));
  }

  private static ObjectNode user(User user, long buckets) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", user.id()).put("displayName", user.displayName())
        .put("admin", user.admin()).put("disabled", user.disabled()).put("buckets", buckets);
    user.keys().forEach(key -> json.withArray("accessKeys").add(key.accessKey()));
    return json;
  }

  private List<String> owned(String userId) {
    return catalog.buckets().stream().filter(bucket -> bucket.ownerId().equals(userId)).map(Bucket::name).toList();
  }

  private JsonNode create(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    String id = arguments.text("id");
    String displayName = arguments.optionalText("displayName").orElse(id);
    boolean admin = arguments.flag("admin");
    AccessKey key = key(arguments);
    arguments.requireAllKnown();
    requireFitId(id);
    changes.lock();
    try {
      if (catalog.findUserById(id).isPresent()) {
        throw AdminRefusal.conflict("there is a user " + id + " already; s3.accesskey.create gives it a further key");
      }
      requireFree(key);
      catalog.putUser(new User(id, displayName, key.accessKey(), key.secretKey(), admin));
    } finally {
      changes.unlock();
    }
    return JsonNodeFactory.instance.objectNode().put("id", id).put("admin", admin).put("accessKey", key.accessKey())
        .put("secretKey", key.secretKey());
  }

  /// The one that was asked for, or a generated one; never half of each.
  private AccessKey key(Arguments arguments) {
    Optional<String> accessKey = arguments.optionalText("accessKey");
    Optional<String> secretKey = arguments.optionalText("secretKey");
    if (accessKey.isPresent() != secretKey.isPresent()) {
      throw AdminRefusal.wrong("-accessKey and -secretKey belong together; without both they are generated");
    }
    if (accessKey.isEmpty() || secretKey.isEmpty()) {
      return generated();
    }
    requireFit(accessKey.get(), secretKey.get());
    return new AccessKey(accessKey.get(), secretKey.get());
  }

  static void requireFitId(String id) {
    if (!USER_ID.matcher(id).matches()) {
      throw AdminRefusal.wrong("\"" + id + "\" is no id that a user may have: 1 to 128 of A-Z a-z 0-9 . _ @ + -");
    }
  }

  static void requireFitKey(String accessKey) {
    if (!ACCESS_KEY.matcher(accessKey).matches()) {
      throw AdminRefusal.wrong("\"" + accessKey + "\" is no access key: 3 to 128 of A-Z a-z 0-9 . _ -");
    }
  }

  private static void requireFit(String accessKey, String secretKey) {
    requireFitKey(accessKey);
    if (secretKey.length() > SecretKeys.MOST_LETTERS) {
      throw AdminRefusal.wrong("a secret key has at most " + SecretKeys.MOST_LETTERS + " characters");
    }
    SecretKeys.weakness(accessKey, secretKey).ifPresent(why -> {
      throw AdminRefusal.wrong("the secret key of " + accessKey + " " + why + ". Choose another, or leave both out to "
          + "have them generated");
    });
  }

  boolean isRoot(String id) {
    return id.equals(rootUser);
  }

  /// Does what looks at users and changes them, while no other command changes any.
  JsonNode alone(IoAction work) throws IOException {
    changes.lock();
    try {
      return work.run();
    } finally {
      changes.unlock();
    }
  }

  /// Answers, and may wait for a disk.
  @FunctionalInterface
  interface IoAction {
    JsonNode run() throws IOException;
  }

  AccessKey generated() {
    var name = new StringBuilder("HL");
    while (name.length() < KEY_LENGTH) {
      name.append(KEY_LETTERS.charAt(random.nextInt(KEY_LETTERS.length())));
    }
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new AccessKey(name.toString(), Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
  }

  private void requireFree(AccessKey key) {
    catalog.findUserByAccessKey(key.accessKey()).ifPresent(holder -> {
      throw AdminRefusal.conflict("access key " + key.accessKey() + " is user " + holder.id() + "'s already");
    });
  }

  private User requireUser(String id) {
    return catalog.findUserById(id).orElseThrow(() -> AdminRefusal.absent("there is no user " + id));
  }

  private JsonNode delete(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    String id = arguments.text("id");
    boolean apply = arguments.flag("apply");
    boolean force = arguments.flag("force");
    arguments.requireAllKnown();
    changes.lock();
    try {
      User user = requireUser(id);
      requireDispensable(user);
      List<String> buckets = owned(id);
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("id", id);
      buckets.forEach(answer.putArray("ownedBuckets")::add);
      user.keys().forEach(key -> answer.withArray("accessKeys").add(key.accessKey()));
      if (apply) {
        if (!buckets.isEmpty() && !force) {
          throw AdminRefusal.conflict("user " + id + " owns " + String.join(", ", buckets)
              + ": give them to somebody with s3.bucket.owner, or add -force and leave them to administrators");
        }
        catalog.deleteUser(id);
      }
      return answer;
    } finally {
      changes.unlock();
    }
  }

  /// A disabled user keeps keys, buckets and objects. Without a dry run: it destroys nothing, and the other command
  /// undoes it.
  private JsonNode able(AdminCall call, boolean disabled) throws IOException {
    String id = call.arguments().text("id");
    call.arguments().requireAllKnown();
    changes.lock();
    try {
      User user = requireUser(id);
      if (disabled) {
        requireDispensable(user);
      }
      if (user.disabled() != disabled) {
        put(user.withDisabled(disabled));
      }
      return JsonNodeFactory.instance.objectNode().put("id", id).put("disabled", disabled)
          .put("changed", user.disabled() != disabled).put("accessKeys", user.keys().size());
    } finally {
      changes.unlock();
    }
  }

  /// Somebody must be left who may administer, and root is made again at each start.
  private void requireDispensable(User user) {
    if (isRoot(user.id())) {
      throw AdminRefusal.conflict(user.id() + " is the administrator of the environment, who is made again at each "
          + "start: change HAYLOFT_ROOT_PASSWORD, or credentials.json, and restart the server");
    }
    if (user.admin() && catalog.users().stream()
        .noneMatch(other -> other.admin() && !other.disabled() && !other.id().equals(user.id()))) {
      throw AdminRefusal.conflict(user.id() + " is the last administrator: make another one first "
          + "(s3.user.create -admin)");
    }
  }

  static void requireFewKeys(String id, int keys) {
    if (keys > MOST_KEYS) {
      throw AdminRefusal
          .conflict("user " + id + " would have " + keys + " access keys; " + MOST_KEYS + " are the most");
    }
  }

  private JsonNode createKey(AdminCall call) throws IOException {
    String id = call.arguments().text("user");
    AccessKey key = key(call.arguments());
    call.arguments().requireAllKnown();
    changes.lock();
    try {
      User user = requireUser(id);
      requireFewKeys(id, user.keys().size() + 1);
      requireFree(key);
      List<AccessKey> keys = new ArrayList<>(user.keys());
      keys.add(key);
      put(user.withKeys(keys));
    } finally {
      changes.unlock();
    }
    return JsonNodeFactory.instance.objectNode().put("user", id).put("accessKey", key.accessKey())
        .put("secretKey", key.secretKey());
  }

  private void put(User next) throws IOException {
    if (catalog.updateUser(next.id(), _ -> next).isEmpty()) {
      throw AdminRefusal.absent("user " + next.id() + " was deleted meanwhile");
    }
  }

  private User holder(String accessKey) {
    User user = catalog.findUserByAccessKey(accessKey)
        .orElseThrow(() -> AdminRefusal.absent("there is no access key " + accessKey));
    if (isRoot(user.id()) && user.accessKey().equals(accessKey)) {
      throw AdminRefusal.conflict("access key " + accessKey + " is the administrator's: change HAYLOFT_ROOT_USER and "
          + "HAYLOFT_ROOT_PASSWORD, or credentials.json, and restart the server");
    }
    return user;
  }

  private JsonNode deleteKey(AdminCall call) throws IOException {
    String accessKey = call.arguments().text("accessKey");
    boolean apply = call.arguments().flag("apply");
    call.arguments().requireAllKnown();
    changes.lock();
    try {
      User user = holder(accessKey);
      List<AccessKey> left = user.keys().stream().filter(key -> !key.accessKey().equals(accessKey)).toList();
      if (left.isEmpty()) {
        throw AdminRefusal.conflict("access key " + accessKey + " is the only one of user " + user.id()
            + ": give it another one first (s3.accesskey.create), or delete the user");
      }
      if (apply) {
        put(user.withKeys(left));
      }
      return JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("user", user.id())
          .put("accessKey", accessKey).put("keysLeft", left.size());
    } finally {
      changes.unlock();
    }
  }

  /// The new key takes the old one's place in one mutation: there is no moment without a key, and none at which both
  /// hold.
  private JsonNode rotateKey(AdminCall call) throws IOException {
    String accessKey = call.arguments().text("accessKey");
    boolean apply = call.arguments().flag("apply");
    call.arguments().requireAllKnown();
    changes.lock();
    try {
      User user = holder(accessKey);
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("user", user.id())
          .put("formerAccessKey", accessKey);
      if (apply) {
        AccessKey next = generated();
        put(user.withKeys(user.keys().stream().map(key -> key.accessKey().equals(accessKey) ? next : key).toList()));
        answer.put("accessKey", next.accessKey()).put("secretKey", next.secretKey());
      }
      return answer;
    } finally {
      changes.unlock();
    }
  }
}
