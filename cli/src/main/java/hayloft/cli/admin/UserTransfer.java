package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.AccessKey;
import hayloft.filer.User;
import hayloft.filer.VolumeCatalog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `s3.user.export` and `s3.user.import`: users from one store to another, a page of them in a request. Thread-safe.
///
///     {"id": "alice", "displayName": "Alice A.", "admin": false, "disabled": false,
///      "keys": [{"accessKey": "HL…", "secretKey": "…"}, …]}
///
/// The secret is left out unless it is asked for. The administrator of the environment is not among them: each server
/// makes its own at every start.
///
/// An import gives each user what its entry says and takes no key away, so it may be repeated, and one that broke off
/// goes on. A key without a secret stands for the one that is here; if there is none it is left out, and a new user of
/// whom no key is left gets a generated one, which the answer shows. What fits an entry badly refuses the whole request
/// before anything of it is done. Secrets are taken as they are, weak ones too: they are in use already.
final class UserTransfer {

  /// In a request or an answer: users with all the keys that they may have, the longest ones, fit into a request.
  private static final int PAGE = 100;
  private static final Set<String> FIELDS = Set.of("id", "displayName", "admin", "disabled", "keys");
  private static final Set<String> KEY_FIELDS = Set.of("accessKey", "secretKey");

  private final VolumeCatalog catalog;
  private final UserCommands rules;

  UserTransfer(VolumeCatalog catalog, UserCommands rules) {
    this.catalog = catalog;
    this.rules = rules;
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("s3.user.export", this::export),
        AdminCommand.changesIfApplied("s3.user.import", this::take));
  }

  private JsonNode export(AdminCall call) {
    boolean secrets = call.arguments().flag("secrets");
    Optional<String> after = call.arguments().optionalText("after");
    call.arguments().requireAllKnown();
    List<User> left = catalog.users().stream().filter(user -> !rules.isRoot(user.id()))
        .filter(user -> after.isEmpty() || user.id().compareTo(after.get()) > 0)
        .sorted(Comparator.comparing(User::id)).toList();
    List<User> page = left.subList(0, Math.min(PAGE, left.size()));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode users = answer.putArray("users");
    for (User user : page) {
      ObjectNode one = users.addObject().put("id", user.id()).put("displayName", user.displayName())
          .put("admin", user.admin()).put("disabled", user.disabled());
      ArrayNode keys = one.putArray("keys");
      user.keys().forEach(key -> {
        ObjectNode shown = keys.addObject().put("accessKey", key.accessKey());
        if (secrets) {
          shown.put("secretKey", key.secretKey());
        }
      });
    }
    if (page.size() < left.size()) {
      answer.put("next", page.getLast().id());
    }
    return answer;
  }

  /// One entry, with all that can be judged of it alone.
  ///
  /// @param keys access key to secret, empty if there is none
  private record Entry(String id, Optional<String> displayName, boolean admin, boolean disabled,
      Map<String, Optional<String>> keys) {}

  /// What an entry comes to.
  ///
  /// @param outcome created, changed or unchanged
  private record Planned(User user, String outcome, List<String> changes, List<String> leftOut,
      Optional<AccessKey> generated) {}

  private JsonNode take(AdminCall call) throws IOException {
    List<JsonNode> given = call.arguments().objects("users");
    boolean apply = call.arguments().flag("apply");
    call.arguments().requireAllKnown();
    if (given.isEmpty() || given.size() > PAGE) {
      throw AdminRefusal.wrong("users must be a list of 1 to " + PAGE + " users, got " + given.size());
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode one : given) {
      entries.add(entry(one));
    }
    return rules.alone(() -> {
      List<Planned> plan = plan(entries);
      if (apply) {
        for (Planned planned : plan) {
          if (!planned.outcome.equals("unchanged")) {
            catalog.putUser(planned.user);
          }
        }
      }
      return answer(plan, apply);
    });
  }

  private static JsonNode answer(List<Planned> plan, boolean apply) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply);
    ArrayNode users = answer.putArray("users");
    for (Planned planned : plan) {
      ObjectNode one = users.addObject().put("id", planned.user.id()).put("outcome", planned.outcome);
      planned.changes.forEach(one.putArray("changes")::add);
      planned.leftOut.forEach(one.putArray("keysLeftOut")::add);
      if (apply) {
        planned.generated.ifPresent(key -> one.put("accessKey", key.accessKey()).put("secretKey", key.secretKey()));
      }
    }
    return answer;
  }

  private Entry entry(JsonNode json) {
    String id = text(json, "id", "a user").orElseThrow(() -> AdminRefusal.wrong("a user has no id"));
    String who = "user " + id;
    json.fieldNames().forEachRemaining(field -> {
      if (!FIELDS.contains(field)) {
        throw AdminRefusal.wrong(who + " has a field \"" + field + "\" that no user has");
      }
    });
    if (rules.isRoot(id)) {
      throw AdminRefusal.wrong(who + " is the administrator of the environment, whom every server makes at its start: "
          + "leave it out");
    }
    UserCommands.requireFitId(id);
    Map<String, Optional<String>> keys = new LinkedHashMap<>();
    JsonNode list = json.path("keys");
    if (!list.isMissingNode() && !list.isArray()) {
      throw AdminRefusal.wrong(who + ": keys must be a list");
    }
    for (JsonNode one : list) {
      String accessKey = text(one, "accessKey", who)
          .orElseThrow(() -> AdminRefusal.wrong(who + " has a key without accessKey"));
      one.fieldNames().forEachRemaining(field -> {
        if (!KEY_FIELDS.contains(field)) {
          throw AdminRefusal.wrong(who + ": key " + accessKey + " has a field \"" + field + "\" that no key has");
        }
      });
      Optional<String> secret = text(one, "secretKey", who + ": key " + accessKey);
      UserCommands.requireFitKey(accessKey);
      if (keys.putIfAbsent(accessKey, secret) != null) {
        throw AdminRefusal.wrong(who + " has the access key " + accessKey + " twice");
      }
    }
    return new Entry(id, text(json, "displayName", who), truth(json, "admin", who), truth(json, "disabled", who), keys);
  }

  private static Optional<String> text(JsonNode json, String field, String who) {
    JsonNode value = json.path(field);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw AdminRefusal.wrong(who + ": " + field + " must be a text, got " + value.getNodeType().name()
          .toLowerCase(java.util.Locale.ROOT));
    }
    return Optional.of(value.textValue());
  }

  private static boolean truth(JsonNode json, String field, String who) {
    JsonNode value = json.path(field);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw AdminRefusal.wrong(who + ": " + field + " must be true or false, without quotation marks");
    }
    return value.asBoolean();
  }

  private List<Planned> plan(List<Entry> entries) {
    Set<String> ids = new HashSet<>();
    Map<String, String> holders = new HashMap<>();
    List<Planned> plan = new ArrayList<>();
    for (Entry entry : entries) {
      if (!ids.add(entry.id)) {
        throw AdminRefusal.wrong("user " + entry.id + " is there twice");
      }
      for (String accessKey : entry.keys.keySet()) {
        String other = Optional.ofNullable(holders.putIfAbsent(accessKey, entry.id))
            .or(() -> catalog.findUserByAccessKey(accessKey).map(User::id)).orElse(entry.id);
        if (!other.equals(entry.id)) {
          throw AdminRefusal.conflict("access key " + accessKey + " of user " + entry.id + " is user " + other
              + "'s already: take it out of the file, or delete it there (s3.accesskey.delete)");
        }
      }
      plan.add(plan(entry));
    }
    requireAdministrator(plan);
    return plan;
  }

  private Planned plan(Entry entry) {
    Optional<User> before = catalog.findUserById(entry.id);
    Map<String, String> keys = new LinkedHashMap<>();
    before.ifPresent(user -> user.keys().forEach(key -> keys.put(key.accessKey(), key.secretKey())));
    List<String> changes = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    entry.keys.forEach((accessKey, secret) -> {
      if (secret.isPresent() && !secret.get().equals(keys.put(accessKey, secret.get()))) {
        changes.add("key " + accessKey);
      } else if (!keys.containsKey(accessKey)) {
        leftOut.add(accessKey);
      }
    });
    Optional<AccessKey> generated = keys.isEmpty() ? Optional.of(rules.generated()) : Optional.empty();
    generated.ifPresent(key -> keys.put(key.accessKey(), key.secretKey()));
    UserCommands.requireFewKeys(entry.id, keys.size());
    List<AccessKey> all = keys.entrySet().stream().map(key -> new AccessKey(key.getKey(), key.getValue())).toList();
    String displayName = entry.displayName.or(() -> before.map(User::displayName)).orElse(entry.id);
    User next = new User(entry.id, displayName, all.getFirst().accessKey(), all.getFirst().secretKey(), entry.admin,
        all.subList(1, all.size()), entry.disabled);
    if (before.isEmpty()) {
      return new Planned(next, "created", changes, leftOut, generated);
    }
    User former = before.get();
    if (!former.displayName().equals(next.displayName())) {
      changes.add("displayName");
    }
    if (former.admin() != next.admin()) {
      changes.add(next.admin() ? "becomes an administrator" : "is no administrator any more");
    }
    if (former.disabled() != next.disabled()) {
      changes.add(next.disabled() ? "is disabled" : "is enabled");
    }
    return new Planned(next, changes.isEmpty() ? "unchanged" : "changed", changes, leftOut, generated);
  }

  /// Of all administrators that are there one must be left who may sign.
  private void requireAdministrator(List<Planned> plan) {
    Map<String, User> after = new HashMap<>();
    catalog.users().forEach(user -> after.put(user.id(), user));
    boolean isThereOne = after.values().stream().anyMatch(user -> user.admin() && !user.disabled());
    plan.forEach(planned -> after.put(planned.user.id(), planned.user));
    if (isThereOne && after.values().stream().noneMatch(user -> user.admin() && !user.disabled())) {
      throw AdminRefusal.conflict("no administrator who may sign would be left: keep one in the file");
    }
  }
}
