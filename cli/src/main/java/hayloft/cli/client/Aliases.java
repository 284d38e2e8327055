package hayloft.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import hayloft.cli.FileFault;
import hayloft.cli.config.ConfigFile;
import hayloft.cli.config.NearestName;
import hayloft.cli.config.Unfit;
import hayloft.cli.config.WrongConfigurationException;
import hayloft.common.directory.DurableFile;
import hayloft.common.directory.OwnerOnly;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// The file with a user's aliases: `${XDG_CONFIG_HOME:-~/.config}/hayloft/aliases.yaml`, a line for each thing that is
/// known of one.
///
///     barn.s3: "http://127.0.0.1:8333"
///     barn.admin: "http://127.0.0.1:9334"
///     barn.ca: "/home/me/tls/ca.crt"
///     barn.access-key: "me"
///     barn.secret-key: "…"
///
/// It holds secrets: it is its owner's alone from the first byte, and not believed if it is not. It is replaced whole,
/// by one process after the other. Confined to one thread.
public final class Aliases {

  private static final int MOST = 1000;
  private static final Set<PosixFilePermission> NOBODY_ELSES = Set.of(PosixFilePermission.GROUP_READ,
      PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);
  private static final String S3 = "s3";
  private static final String ADMIN = "admin";
  private static final String CA = "ca";
  private static final String ACCESS_KEY = "access-key";
  private static final String SECRET_KEY = "secret-key";
  private static final Set<String> KNOWN = Set.of(S3, ADMIN, CA, ACCESS_KEY, SECRET_KEY);
  /// A string of JSON in ASCII is one of YAML.
  private static final JsonMapper QUOTES = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final Path file;

  Aliases(Path file) {
    this.file = file;
  }

  /// Those of the user whose environment this is.
  public static Aliases of(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "");
    String configured = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path directory = configured.startsWith("/") // another counts as not set, says the specification
        ? Path.of(configured)
        : Path.of(home.isEmpty() ? System.getProperty("user.home") : home, ".config");
    return new Aliases(directory.resolve("hayloft").resolve("aliases.yaml"));
  }

  public Path file() {
    return file;
  }

  /// By name.
  ///
  /// @throws IllegalArgumentException if the file is not as it must be; the message names it and says what to do
  public SortedMap<String, Alias> all() {
    SortedMap<String, Alias> all = new TreeMap<>();
    read().forEach((name, said) -> all.put(name, alias(name, said)));
    return Collections.unmodifiableSortedMap(all);
  }

  /// @param askedBy what has the name, for people: `--endpoint`
  /// @throws IllegalArgumentException if there is none of that name, or the file is not as it must be
  public Alias named(String name, String askedBy) {
    SortedMap<String, Alias> all = all();
    Alias found = all.get(name);
    if (found == null) {
      throw new IllegalArgumentException((askedBy.isEmpty() ? "" : askedBy + ": ") + "there is no alias " + name
          + NearestName.suggestion(name, all.keySet()) + " (" + file + "). hayloft alias list shows those that are"
          + " there, hayloft alias set makes one"
          + (askedBy.isEmpty() ? "" : "; a URL begins with http:// or https://"));
    }
    return found;
  }

  /// Adds one, in place of what was there under its name. Durable on return.
  ///
  /// @return whether there was one
  /// @throws IllegalArgumentException if the file is not as it must be, or is full
  public boolean set(Alias alias) throws IOException {
    OwnerOnly.directories(directory());
    try (var _ = lock()) {
      SortedMap<String, Alias> all = new TreeMap<>(all());
      boolean replaced = all.put(alias.name(), alias) != null;
      if (all.size() > MOST) {
        throw new IllegalArgumentException(file + " has " + MOST + " aliases, and takes no more: remove one first");
      }
      write(all);
      return replaced;
    }
  }

  /// Durable on return.
  ///
  /// @throws IllegalArgumentException if there is none of that name, or the file is not as it must be
  public void remove(String name) throws IOException {
    named(name, ""); // so that nothing is made where there is none
    try (var _ = lock()) {
      SortedMap<String, Alias> all = new TreeMap<>(all());
      named(name, "");
      all.remove(name);
      write(all);
    }
  }

  private Path directory() {
    return Optional.ofNullable(file.getParent()).orElseThrow();
  }

  /// Held until it is closed; the file itself is replaced, and cannot be what is locked.
  private FileChannel lock() throws IOException {
    FileChannel channel = OwnerOnly.open(directory().resolve("aliases.lock"), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
    try {
      channel.lock();
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private Map<String, Map<String, String>> read() {
    Map<String, Map<String, String>> byName = new LinkedHashMap<>();
    if (Files.notExists(file)) {
      return byName;
    }
    try {
      if (OwnerOnly.beyondOwner(file).stream().anyMatch(NOBODY_ELSES::contains)) {
        throw new IllegalArgumentException(file + " holds secrets, and others than its owner can read or change it. Run"
            + " chmod 600 " + file + ", and change the keys in it if somebody may have read them");
      }
      ConfigFile.ofOthers(file).entries().forEach((key, entry) -> {
        int dot = key.indexOf('.');
        String what = key.substring(dot + 1);
        if (dot < 0 || !Alias.isName(key.substring(0, dot)) || !KNOWN.contains(what) || entry.list()) {
          throw unfit(file + ":" + entry.line() + ": " + key + " is nothing that an alias has");
        }
        byName.computeIfAbsent(key.substring(0, dot), _ -> new LinkedHashMap<>()).put(what, entry.values().getFirst());
      });
      return byName;
    } catch (WrongConfigurationException e) {
      throw unfit(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new IllegalArgumentException(FileFault.text(e), e);
    }
  }

  private IllegalArgumentException unfit(String what) {
    return new IllegalArgumentException(
        what + ". Mend that, or take the file away and make its aliases anew (hayloft alias set)");
  }

  private Alias alias(String name, Map<String, String> said) {
    try {
      Optional<Credentials> keys = said.containsKey(ACCESS_KEY) || said.containsKey(SECRET_KEY)
          ? Optional.of(new Credentials(required(name, said, ACCESS_KEY), required(name, said, SECRET_KEY),
              "alias " + name))
          : Optional.empty();
      return new Alias(name, uri(name, said, S3), uri(name, said, ADMIN),
          Optional.ofNullable(said.get(CA)).map(Path::of), keys);
    } catch (InvalidPathException _) { // said with the file's name
      throw unfit(file + ": " + name + "." + CA + " is no path");
    }
  }

  private URI uri(String name, Map<String, String> said, String what) {
    try {
      return new ClientOptions.Endpoint().convert(required(name, said, what));
    } catch (Unfit e) {
      throw unfit(file + ": " + name + "." + what + " " + e.getMessage());
    }
  }

  private String required(String name, Map<String, String> said, String what) {
    String value = said.get(what);
    if (value == null) {
      throw unfit(file + ": there is no " + name + "." + what);
    }
    return value;
  }

  private void write(SortedMap<String, Alias> all) throws IOException {
    var text = new StringBuilder("# Made by hayloft alias. It holds secrets: for nobody else to read (chmod 600).\n");
    for (Alias alias : all.values()) {
      line(text, alias, S3, alias.s3().toString());
      line(text, alias, ADMIN, alias.admin().toString());
      if (alias.authorities().isPresent()) {
        line(text, alias, CA, alias.authorities().get().toString());
      }
      if (alias.keys().isPresent()) {
        line(text, alias, ACCESS_KEY, alias.keys().get().accessKey());
        line(text, alias, SECRET_KEY, alias.keys().get().secretKey());
      }
    }
    // a link to where somebody keeps such files stays one
    DurableFile.replace(Files.isSymbolicLink(file) ? file.toRealPath() : file, text.toString().getBytes(UTF_8));
  }

  private static void line(StringBuilder text, Alias alias, String what, String value) throws JsonProcessingException {
    text.append(alias.name()).append('.').append(what).append(": ").append(QUOTES.writeValueAsString(value))
        .append('\n');
  }
}
