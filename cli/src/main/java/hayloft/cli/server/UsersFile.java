package hayloft.cli.server;

import hayloft.common.directory.DurableFile;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.directory.NotJson;
import hayloft.filer.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The file of `--users`: `[{"id", "displayName", "accessKey", "secretKey", "admin"}]`; the only class that knows its
/// form. Stateless.
final class UsersFile {

  private UsersFile() {}

  /// @throws IOException if the file cannot be read or is not of that form; the message says which entry
  static List<User> read(Path file) throws IOException {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(DurableFile.read(file));
    } catch (JsonProcessingException e) {
      throw new IOException(file + " " + NotJson.text(e), e);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new IOException("--users: there is no file " + file, e);
    }
    if (!json.isArray()) {
      throw new IOException(file + " must be a list of users");
    }
    List<User> users = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (JsonNode entry : json) {
      User user = user(file, users.size() + 1, entry);
      if (!seen.add("id " + user.id()) || !seen.add("access key " + user.accessKey())) {
        throw new IOException(file + ": user " + user.id() + " or its access key is there twice");
      }
      users.add(user);
    }
    return List.copyOf(users);
  }

  private static User user(Path file, int number, JsonNode entry) throws IOException {
    String id = text(file, number, entry, "id");
    return new User(id, entry.path("displayName").asText(id), text(file, number, entry, "accessKey"),
        text(file, number, entry, "secretKey"), entry.path("admin").asBoolean(false));
  }

  private static String text(Path file, int number, JsonNode entry, String field) throws IOException {
    String value = entry.path(field).asText("");
    if (value.isBlank()) {
      throw new IOException(file + ": user " + number + " has no " + field);
    }
    return value;
  }
}
