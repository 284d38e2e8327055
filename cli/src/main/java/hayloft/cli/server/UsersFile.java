package hayloft.cli.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import hayloft.cli.FileFault;
import hayloft.cli.config.NearestName;
import hayloft.cli.config.WrongConfigurationException;
import hayloft.common.directory.DurableFile;
import hayloft.common.directory.NotJson;
import hayloft.filer.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The file of `--users`: `[{"id", "displayName", "accessKey", "secretKey", "admin"}]`; the only class that knows its
/// form. Stateless.
///
/// It is read strictly: a field that is misspelt would be a user without rights, or without the name that was meant.
final class UsersFile {

  private static final String FORM = "[{\"id\": \"…\", \"accessKey\": \"…\", \"secretKey\": \"…\"}]";
  private static final String ADMIN = "admin";
  private static final List<String> FIELDS = List.of("id", "displayName", "accessKey", "secretKey", ADMIN);
  private static final List<String> REQUIRED = List.of("id", "accessKey", "secretKey");

  private UsersFile() {}

  /// @throws WrongConfigurationException if the file cannot be read or is not of that form; the message says where
  static List<User> read(Path file) throws WrongConfigurationException {
    try (JsonParser json = new JsonFactory().createParser(DurableFile.read(file))) {
      List<User> users = users(file, json);
      requireDistinct(file, users);
      return users;
    } catch (JsonProcessingException e) {
      throw new WrongConfigurationException(
          "--users: " + file + " " + NotJson.text(e) + ". Write a list of users, " + FORM, e);
    } catch (WrongConfigurationException e) {
      throw e;
    } catch (IOException e) {
      throw new WrongConfigurationException("--users: " + (Files.isDirectory(file)
          ? file + " is a directory. Name the file in it"
          : FileFault.text(e)), e);
    }
  }

  private static List<User> users(Path file, JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_ARRAY) {
      throw wrong(file, json, "must be a list of users, " + FORM);
    }
    List<User> users = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw wrong(file, json, "user " + (users.size() + 1) + " must be an object, as in " + FORM);
      }
      users.add(user(file, json, "user " + (users.size() + 1)));
    }
    if (json.nextToken() != null) {
      throw wrong(file, json, "nothing may follow the list of users");
    }
    return List.copyOf(users);
  }

  private static User user(Path file, JsonParser json, String number) throws IOException {
    Map<String, String> fields = new HashMap<>();
    String who = number;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      if (!FIELDS.contains(field)) {
        throw wrong(file, json, who + " has a field \"" + field + "\" that no user has"
            + NearestName.suggestion(field, FIELDS) + " There are " + String.join(", ", FIELDS));
      }
      JsonToken value = json.nextToken();
      if (field.equals(ADMIN) ? !value.isBoolean() : value != JsonToken.VALUE_STRING) {
        throw wrong(file, json, who + ": " + field + " must be "
            + (field.equals(ADMIN) ? "true or false, without quotation marks" : "a text in quotation marks"));
      }
      String text = json.getText();
      if (text.isBlank()) {
        throw wrong(file, json, who + ": " + field + " is empty");
      }
      if (fields.putIfAbsent(field, text) != null) {
        throw wrong(file, json, who + " has the field " + field + " twice");
      }
      who = field.equals("id") ? number + " (" + text + ")" : who;
    }
    for (String field : REQUIRED) {
      if (!fields.containsKey(field)) {
        throw wrong(file, json, who + " has no " + field);
      }
    }
    String id = fields.getOrDefault("id", "");
    if (id.equals(UserSetup.ROOT_ID)) {
      throw wrong(file, json, who + ": the id " + UserSetup.ROOT_ID
          + " is the administrator's, whose credentials come from the environment. Choose another");
    }
    return new User(id, fields.getOrDefault("displayName", id), fields.getOrDefault("accessKey", ""),
        fields.getOrDefault("secretKey", ""), Boolean.parseBoolean(fields.get(ADMIN)));
  }

  private static void requireDistinct(Path file, List<User> users) throws WrongConfigurationException {
    Map<String, User> byId = new HashMap<>();
    Map<String, User> byKey = new HashMap<>();
    for (User user : users) {
      if (byId.putIfAbsent(user.id(), user) != null) {
        throw new WrongConfigurationException("--users: " + file + ": user " + user.id() + " is there twice");
      }
      User other = byKey.putIfAbsent(user.accessKey(), user);
      if (other != null) {
        throw new WrongConfigurationException("--users: " + file + ": users " + other.id() + " and " + user.id()
            + " have one access key, " + user.accessKey() + ". Give each its own");
      }
    }
  }

  private static WrongConfigurationException wrong(Path file, JsonParser json, String what) {
    return new WrongConfigurationException(
        "--users: " + file + ":" + json.currentTokenLocation().getLineNr() + ": " + what);
  }
}
