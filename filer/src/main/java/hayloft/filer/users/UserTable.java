package hayloft.filer.users;

import hayloft.common.Durability;
import hayloft.common.log.EventLog;
import hayloft.filer.AccessKey;
import hayloft.filer.User;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.Committer.Committed;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.UserBody;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/// All users, in memory; loaded from table K at open. Thread-safe: reads take no lock, changes one at a time.
///
/// Changes are synced whatever the process promises for objects: the next user may have a deleted one's access key, and
/// buckets, which are synced too, belong to users.
public final class UserTable {

  private static final EventLog LOG = EventLog.of(UserTable.class);

  private static final int KEY_TAIL = 2 + 8;

  private final Committer committer;
  private final SecretSeal seal;
  private final InstantSource clock;
  private final ReentrantLock changes = new ReentrantLock();
  private final Map<String, User> byId = new ConcurrentHashMap<>();
  private final Map<String, User> byAccessKey = new ConcurrentHashMap<>();
  private final Map<String, Long> newestDocuments = new ConcurrentHashMap<>();

  /// A user whose secrets cannot be opened, while others' can, steps aside.
  ///
  /// @throws IOException if the store cannot be read, or no secret be opened: the store's key is another
  public UserTable(KeyStore store, Committer committer, StoreKey key, InstantSource clock)
      throws IOException {
    this.committer = committer;
    this.seal = new SecretSeal(key);
    this.clock = clock;
    load(store);
  }

  /// The newest document of each user comes first.
  private void load(KeyStore store) throws IOException {
    Map<String, IOException> sealed = new TreeMap<>();
    byte[] table = RowKeys.table(RowKeys.USERS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), KeyStore.Reach.DISK)) {
      byte[] lastUser = {};
      for (boolean found = rows.seek(table); found; found = rows.next()) {
        byte[] row = rows.key();
        byte[] user = Arrays.copyOf(row, row.length - KEY_TAIL);
        if (!Arrays.equals(user, lastUser)) {
          lastUser = user;
          String id = new String(user, 1, user.length - 1, StandardCharsets.UTF_8);
          newestDocuments.put(id, RowKeys.lastSequence(row));
          UserBody body = UserBody.read(RowValue.body(rows.value()));
          if (!body.deleted()) {
            try {
              remember(opened(id, body));
            } catch (IOException e) {
              sealed.put(id, e);
            }
          }
        }
      }
    }
    if (byId.isEmpty() && !sealed.isEmpty()) {
      throw sealed.values().iterator().next();
    }
    sealed.forEach((id, why) -> LOG.error("user.sealed").with("user", id).with("reason", why)
        .with("action", "no other user waits for it; give it a new secret, or delete it").say());
  }

  private User opened(String id, UserBody body) throws IOException {
    List<AccessKey> furtherKeys = new ArrayList<>();
    for (UserBody.SealedKey key : body.furtherKeys()) {
      furtherKeys.add(new AccessKey(key.accessKey(), seal.open(id, key.sealedSecret(), body.disabled())));
    }
    String secret = seal.open(id, body.sealedSecret(), body.disabled());
    try {
      return new User(id, body.displayName(), body.accessKey(), secret, body.admin(), furtherKeys, body.disabled());
    } catch (IllegalArgumentException e) {
      throw new IOException("the document of user " + id + " makes no sense: " + e.getMessage(), e);
    }
  }

  private void remember(User user) {
    User before = byId.put(user.id(), user);
    for (AccessKey key : user.keys()) {
      byAccessKey.put(key.accessKey(), user);
    }
    if (before != null) {
      forgetKeys(before, user.keys());
    }
  }

  /// @param but those that stay
  private void forgetKeys(User user, List<AccessKey> but) {
    for (AccessKey key : user.keys()) {
      if (but.stream().noneMatch(kept -> kept.accessKey().equals(key.accessKey()))) {
        byAccessKey.remove(key.accessKey());
      }
    }
  }

  public Optional<User> byAccessKey(String accessKey) {
    return Optional.ofNullable(byAccessKey.get(accessKey));
  }

  public Optional<User> byId(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /// The sequence of a user's newest document, be it a deletion; 0 if there is none.
  public long newestDocument(String id) {
    return newestDocuments.getOrDefault(id, 0L);
  }

  /// By id.
  public List<User> all() {
    return byId.values().stream().sorted(Comparator.comparing(User::id)).toList();
  }

  /// @throws IllegalArgumentException if another user has the access key, or the id is empty or has a zero in it
  public void put(User user) throws IOException {
    if (user.id().isEmpty() || user.id().indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a user id: '" + user.id() + "'");
    }
    changes.lock();
    try {
      List<UserBody.SealedKey> furtherKeys = new ArrayList<>();
      for (AccessKey key : user.keys()) {
        User holder = byAccessKey.get(key.accessKey());
        if (holder != null && !holder.id().equals(user.id())) {
          throw new IllegalArgumentException("access key " + key.accessKey() + " belongs to user " + holder.id());
        }
      }
      for (AccessKey key : user.furtherKeys()) {
        furtherKeys
            .add(new UserBody.SealedKey(key.accessKey(), seal.seal(user.id(), key.secretKey(), user.disabled())));
      }
      var body = new UserBody(clock.instant(), false, user.displayName(), user.accessKey(),
          seal.seal(user.id(), user.secretKey(), user.disabled()), user.admin(), furtherKeys, user.disabled());
      // an earlier document may be there even if the user is not: a deletion that was not collected yet
      Committed committed = committer.commit(MutationCodec.encode(new Mutation.PutUser(user.id(), body), true, ""),
          Durability.FSYNC);
      newestDocuments.put(user.id(), committed.sequence());
      remember(user);
    } finally {
      changes.unlock();
    }
  }

  /// Changes a user atomically; the operator sees the present state and keeps the id. Empty if there is no such user.
  ///
  /// @throws IllegalArgumentException as [#put]
  public Optional<User> update(String id, UnaryOperator<User> change) throws IOException {
    changes.lock();
    try {
      User present = byId.get(id);
      if (present == null) {
        return Optional.empty();
      }
      User next = change.apply(present);
      if (!next.id().equals(id)) {
        throw new IllegalArgumentException("a user keeps its id");
      }
      put(next);
      return Optional.of(next);
    } finally {
      changes.unlock();
    }
  }

  /// Commits a user's document anew, as it is, or its deletion.
  public void sayAgain(String id) throws IOException {
    changes.lock();
    try {
      User present = byId.get(id);
      if (present != null) {
        put(present);
      } else {
        Committed committed = committer.commit(
            MutationCodec.encode(new Mutation.DeleteUser(id, clock.instant()), true, ""), Durability.FSYNC);
        newestDocuments.put(id, committed.sequence());
      }
    } finally {
      changes.unlock();
    }
  }

  /// False if there is no such user.
  public boolean delete(String id) throws IOException {
    changes.lock();
    try {
      User user = byId.get(id);
      if (user == null) {
        return false;
      }
      Committed committed = committer.commit(
          MutationCodec.encode(new Mutation.DeleteUser(id, clock.instant()), true, ""), Durability.FSYNC);
      newestDocuments.put(id, committed.sequence());
      byId.remove(id);
      forgetKeys(user, List.of());
      return true;
    } finally {
      changes.unlock();
    }
  }
}
