package hayloft.cli.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.S3Client;
import hayloft.common.health.Readiness;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// What a person is told who gets something wrong: the command lines of `messages.txt`, beside a plain server, one with
/// TLS, and ports that are something else; and every command with every option that is misspelt, lacks its value or has
/// a wrong one. Held are the exit code, the stream, the words, and that nothing of the program's inside is shown.
///
/// A row that ends in `not yet` is a promise that does not hold yet; such rows are run and told, and do not fail.
final class MessagesTest {

  private static final String ACCESS_KEY = "me";
  private static final String SECRET_KEY = "a-long-secret-of-mine";
  private static final String WRONG_SECRET = "another-long-secret";
  private static final long ROW_SECONDS = 60;
  /// The id of S3's null version, and nothing in JSON.
  private static final String NULL = "null";
  /// They answer with a script, a text about themselves, or go on.
  private static final Set<String> WITHOUT_JSON = Set.of("server", "shell", "completion", "help");
  private static final String AT_THE_PROMPT = "hayloft> ";
  private static final Map<String, String> KEYS = Map.of("HAYLOFT_ROOT_USER", ACCESS_KEY, "HAYLOFT_ROOT_PASSWORD",
      SECRET_KEY);

  /// What only programmers understand.
  static final Pattern INSIDE = Pattern
      .compile("\\b(?:java|javax|sun|jdk|io\\.netty|picocli|com\\.fasterxml)\\.[a-z]+\\."
          + "|\\bhayloft\\.(?:cli|common|filer|master|s3|volume)\\.[a-z]|\\w(?:Exception|Error): |\\w+Exception\\b"
          + "|^\\s+at [\\w.$/]+\\(|\\bnull\\b|StreamReadFeature|Unrecognized token|PKIX|SSL message|\\bOptional[.\\[]"
          + "|\\w@[0-9a-f]{6,}\\b|(?<![\\w:/.])/(?:127\\.0\\.0\\.1|0\\.0\\.0\\.0)|Unmatched argument|line: \\d+, column"
          + "|\\[Source: |<unresolved>|Input/output error$", Pattern.MULTILINE);
  private static final Pattern LOG_LINE = Pattern.compile("^\\d{4}-\\d\\d-\\d\\dT\\S+ [A-Z]+ hayloft\\..*\\R?",
      Pattern.MULTILINE);

  private static final Map<String, String> PLACES = new HashMap<>();
  private static final List<AutoCloseable> OPEN = new ArrayList<>();

  @TempDir
  private static Path temp = Path.of("");

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  /// @param line as in a shell: variables first, blanks between words
  /// @param stream where the words are: `out`, or `err` and nothing on the other, or `both` with a result there, too
  /// @param holds or it is one that does not yet
  private record Row(String line, int exitCode, String stream, List<String> words, boolean holds) {
    static Row of(String text) {
      List<String> fields = List.of(text.split("\\s*\\|\\s*", -1));
      if (fields.size() != 5) {
        throw new IllegalArgumentException("a row has 5 fields: " + text);
      }
      List<String> words = List.of(fields.get(3).split(" *; *")).stream().filter(word -> !word.isEmpty()).toList();
      return new Row(fields.get(0), Integer.parseInt(fields.get(1)), fields.get(2), words,
          !fields.get(4).strip().equals("not yet"));
    }
  }

  /// @param err without lines of the log
  /// @param log those, without time, level and logger
  private record Said(int exitCode, String out, String err, String log) {}

  @BeforeAll
  static void begin() throws Exception {
    PLACES.put("absent", temp.resolve("absent").toString());
    PLACES.put("directory", Files.createDirectory(temp.resolve("directory")).toString());
    PLACES.put("empty", Files.writeString(temp.resolve("empty"), "").toString());
    PLACES.put("text", Files.writeString(temp.resolve("text"), "once upon a time\n").toString());
    PLACES.put("garbage", Files.write(temp.resolve("garbage"), new byte[]{0, -1, -2, 7, '{', '\n', -128}).toString());
    PLACES.put("json", Files.writeString(temp.resolve("json"), "{\"hay\": 1}").toString());
    PLACES.put("nested", Files.writeString(temp.resolve("nested"), "s3:\n  port: 1\n").toString());
    Path unreadable = Files.writeString(temp.resolve("unreadable"), "x");
    Files.setPosixFilePermissions(unreadable, PosixFilePermissions.fromString("---------"));
    if (!Files.isReadable(unreadable)) { // to root everything is readable
      PLACES.put("unreadable", unreadable.toString());
    }
    PLACES.put("nobody", nobody());
    PLACES.put("silent", answering(""));
    PLACES.put("ssh", answering("SSH-2.0-OpenSSH_9.2p1\r\n"));
    PLACES.put("web", answering("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<html>hi</html>"));
    PLACES.put("taken", answering(""));
    PLACES.put("keys", "HAYLOFT_ROOT_USER=" + ACCESS_KEY + " HAYLOFT_ROOT_PASSWORD=" + SECRET_KEY);
    PLACES.put("wrong-keys", "HAYLOFT_ROOT_USER=" + ACCESS_KEY + " HAYLOFT_ROOT_PASSWORD=" + WRONG_SECRET);
    PLACES.put("strangers-keys", "HAYLOFT_ROOT_USER=stranger HAYLOFT_ROOT_PASSWORD=" + WRONG_SECRET);
    Path certificates = temp.resolve("certs");
    Said made = run(Map.of(), List.of("cert", "create", "--host", "localhost", "--out", certificates.toString()));
    assertEquals(0, made.exitCode, made.err);
    PLACES.put("cert", certificates.resolve("server.crt").toString());
    PLACES.put("key", certificates.resolve("server.key").toString());
    PLACES.put("ca", certificates.resolve("ca.crt").toString());
    PLACES.put("other-key", certificates.resolve("ca.key").toString());
    start("", temp.resolve("plain"));
    start("tls-", temp.resolve("encrypted"), "--tls-cert", PLACES.get("cert"), "--tls-key", PLACES.get("key"));
    PLACES.put("store", temp.resolve("plain").toString());
    fill(Objects.requireNonNull(PLACES.get("s3")));
    start("at-rest-", temp.resolve("rests"));
    fill(Objects.requireNonNull(PLACES.get("at-rest-s3")));
    OPEN.removeLast().close();
    PLACES.put("at-rest", temp.resolve("rests").toString());
    PLACES.put("volume-file", temp.resolve("rests/volumes/1.dat").toString());
    PLACES.put("settings", Files.writeString(temp.resolve("settings.yaml"), "s3-port: 8333\n").toString());
    loseDirectory();
    PLACES.put("users", temp.resolve("users.json").toString());
    PLACES.put("other-users", Files.writeString(temp.resolve("other.json"), "[{\"id\": \"baker\", \"kees\": []}]")
        .toString());
    PLACES.put("xdg", temp.resolve("xdg").toString());
    PLACES.put("log", temp.resolve("acknowledged.log").toString());
  }

  /// Makes a store of two directories, and takes one away.
  private static void loseDirectory() throws Exception {
    Path lost = temp.resolve("lost");
    start("half-", temp.resolve("half"), "--dir", lost.toString());
    OPEN.removeLast().close();
    PLACES.put("half", temp.resolve("half").toString());
    PLACES.put("lost-directory", new ObjectMapper().readTree(lost.resolve("hayloft.json").toFile())
        .path("directoryId").asText());
    Files.delete(lost.resolve("hayloft.json"));
  }

  /// Puts a bucket `meadow` and some objects into a store.
  private static void fill(String port) throws Exception {
    try (HttpClient http = S3Client.http(Optional.empty())) {
      var client = new S3Client(http, URI.create("http://127.0.0.1:" + port),
          new Credentials(ACCESS_KEY, SECRET_KEY, "the test"), "us-east-1");
      assertEquals(200, client.send("PUT", "/meadow").statusCode());
      for (String key : List.of("oats", "oats", "cows/berta", "cows/else", "weeds/nettle")) {
        assertEquals(200, client.send("PUT", "/meadow/" + key, "", key.getBytes(UTF_8)).statusCode());
      }
      assertEquals(204, client.send("DELETE", "/meadow/weeds/nettle").statusCode());
      assertEquals(200, client.send("POST", "/meadow/slow", "uploads=", new byte[0]).statusCode());
    }
  }

  @AfterAll
  static void end() throws Exception {
    for (AutoCloseable one : OPEN) {
      one.close();
    }
  }

  private static void start(String prefix, Path directory, String... flags) throws IOException {
    List<String> all = new ArrayList<>(List.of("--dir", directory.toString(), "--bind", "127.0.0.1", "--s3-port", "0",
        "--master-port", "0", "--volume-port", "0", "--filer-port", "0", "--min-free", "0"));
    all.addAll(List.of(flags));
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(all.toArray(String[]::new));
    var readiness = new Readiness();
    var server = new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(),
        Map.of("HAYLOFT_ROOT_USER", ACCESS_KEY, "HAYLOFT_ROOT_PASSWORD", SECRET_KEY), readiness);
    server.start();
    OPEN.add(server);
    readiness.ready();
    Matcher endpoint = Pattern.compile(" (\\w+)=https?://127\\.0\\.0\\.1:(\\d+)").matcher(server.readyLine());
    while (endpoint.find()) {
      PLACES.put(prefix + endpoint.group(1), endpoint.group(2));
    }
  }

  /// A port on which everybody gets the same answer, whatever is said; with none the connection is closed.
  private static String answering(String answer) throws IOException {
    var socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    OPEN.add(socket);
    Thread.ofVirtual().start(() -> {
      while (!socket.isClosed()) {
        try (Socket client = socket.accept()) {
          if (!answer.isEmpty()) {
            client.getInputStream().read(new byte[8192]);
            client.getOutputStream().write(answer.getBytes(UTF_8));
            client.shutdownOutput();
          }
        } catch (IOException _) {
          // the client has gone, or the test is over
        }
      }
    });
    return Integer.toString(socket.getLocalPort());
  }

  private static String nobody() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Integer.toString(socket.getLocalPort());
    }
  }

  private static Said run(Map<String, String> environment, List<String> arguments) throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    System.setOut(new PrintStream(out, true, UTF_8));
    System.setErr(new PrintStream(err, true, UTF_8));
    try {
      var task = new FutureTask<Integer>(() -> Hayloft.commandLine(environment, Path.of("/nowhere"))
          .setOut(new PrintWriter(out, true, UTF_8)).setErr(new PrintWriter(err, true, UTF_8))
          .execute(arguments.toArray(String[]::new)));
      Thread.ofPlatform().daemon().start(task);
      return said(task.get(ROW_SECONDS, TimeUnit.SECONDS), out.toString(UTF_8), err.toString(UTF_8));
    } catch (TimeoutException _) {
      return said(-1, out.toString(UTF_8), "goes on for longer than " + ROW_SECONDS + " s: " + err.toString(UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  private static Said said(int exitCode, String out, String err) {
    String log = LOG_LINE.matcher(err).results().map(line -> line.group().replaceFirst("^\\S+ [A-Z]+ \\S+ ", ""))
        .collect(Collectors.joining());
    return new Said(exitCode, out, LOG_LINE.matcher(err).replaceAll(""), log);
  }

  private static String filledIn(String line) {
    String filled = line.replace("{new}", temp.resolve("new" + System.nanoTime()).toString());
    for (Map.Entry<String, String> place : PLACES.entrySet()) {
      filled = filled.replace("{" + place.getKey() + "}", Objects.requireNonNull(place.getValue()));
    }
    return filled;
  }

  private static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    Matcher word = Pattern.compile("'([^']*)'|(\\S+)").matcher(line);
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    return words;
  }

  /// What does not hold; nothing if all does.
  private static List<String> complaints(Row row) throws Exception {
    if (row.line.startsWith(AT_THE_PROMPT)) {
      return complaintsAtThePrompt(row);
    }
    List<String> words = split(filledIn(row.line));
    Map<String, String> environment = new HashMap<>();
    while (words.getFirst().matches("[A-Z][A-Z0-9_]*=.*")) {
      String[] variable = words.removeFirst().split("=", 2);
      environment.put(variable[0], variable[1]);
    }
    if (words.getFirst().equals("server")) {
      words.add("--exit-when-ready"); // if it starts in spite of all
    }
    return complaints(row, words, run(environment, words));
  }

  /// The same with `--json`: one document, which names the error if there is one, and nothing beside it.
  private static List<String> complaintsWithJson(Row row) throws Exception {
    List<String> words = split(filledIn(row.line + " --json"));
    Map<String, String> environment = new HashMap<>();
    while (words.getFirst().matches("[A-Z][A-Z0-9_]*=.*")) {
      String[] variable = words.removeFirst().split("=", 2);
      environment.put(variable[0], variable[1]);
    }
    Said said = run(environment, words);
    List<String> failure = row.line.startsWith("health ") && row.exitCode == 1
        ? List.of("reason") // that nobody is ready is the answer
        : List.of("error", "code", "message");
    List<String> expected = row.exitCode == 0 || row.stream.equals("out") ? List.of() : failure;
    List<String> nulls = new ArrayList<>(expected);
    if (said.out.contains(NULL)) {
      nulls.add(NULL);
    }
    var sameAsJson = new Row(row.line, row.exitCode, "out", nulls, true);
    List<String> wrong = new ArrayList<>();
    complaints(sameAsJson, words, said).forEach(text -> wrong.add("with --json: " + text));
    if (!said.err.isEmpty()) {
      wrong.add("with --json standard error has " + said.err);
    }
    return wrong;
  }

  /// Commands that answer in JSON, by what a line begins with behind its variables.
  private static boolean hasJson(Row row, Map<List<String>, CommandLine> commands) {
    List<String> words = split(row.line.replaceFirst("^([A-Z_]+=\\S+ |\\{[a-z-]+} )*", ""));
    CommandLine found = null;
    for (int length = 1; length <= Math.min(2, words.size()); length++) {
      found = Optional.ofNullable(commands.get(words.subList(0, length))).orElse(found);
    }
    return found != null && found.getSubcommands().isEmpty() && found.getCommandSpec().findOption("--json") != null
        && !row.line.contains("--json") && !row.line.contains("{log}") && !row.line.contains("--help");
  }

  @Test
  void everyAnswerThatIsNoTextHasJson() {
    List<String> missing = new ArrayList<>();
    commands().forEach((path, command) -> {
      if (command.getSubcommands().isEmpty() && command.getCommandSpec().findOption("--json") == null
          && !WITHOUT_JSON.contains(String.join(" ", path))) {
        missing.add(String.join(" ", path));
      }
    });
    assertEquals(List.of(), missing);
  }

  @Test
  void whatProgramsAreToldIsOneDocument() throws Exception {
    List<String> wrong = new ArrayList<>();
    Map<List<String>, CommandLine> commands = commands();
    int count = 0;
    for (Row row : table()) {
      if (row.holds && !row.line.startsWith(AT_THE_PROMPT) && hasJson(row, commands)
          && (!row.line.contains("{unreadable}") || PLACES.containsKey("unreadable"))) {
        count++;
        complaintsWithJson(row).forEach(text -> wrong.add(row.line + ": " + text));
      }
    }
    int lines = count;
    assertTrue(lines > 50, () -> "only " + lines);
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " of " + lines + " are wrong:\n\n" + String.join("\n\n", wrong));
  }

  /// A command of the shell; one that fails is run once more with `--json`, too.
  private static List<String> complaintsAtThePrompt(Row row) throws Exception {
    String command = filledIn(row.line.substring(AT_THE_PROMPT.length()));
    List<String> line = atThePrompt(command);
    Said said = run(KEYS, line);
    List<String> wrong = new ArrayList<>(complaints(row, line, said));
    if (row.line.equals(AT_THE_PROMPT + "s3.accesskey.create miller")) {
      PLACES.put("millers-key", lead(said.out, "^access key +(\\w+)").getFirst());
    }
    if (row.exitCode == 1 && row.stream.equals("err")) {
      List<String> asJson = atThePrompt(command + " --json");
      var sameAsJson = new Row(row.line, 1, "out", List.of("error", "code", "message"), true);
      Said asDocument = run(KEYS, asJson);
      complaints(sameAsJson, asJson, asDocument).forEach(text -> wrong.add("with --json: " + text));
      if (!asDocument.err.isEmpty()) {
        wrong.add("with --json standard error has " + asDocument.err);
      }
    }
    return wrong;
  }

  private static List<String> atThePrompt(String command) {
    return List.of("shell", "-c", command, "--endpoint", "http://127.0.0.1:" + PLACES.get("admin"));
  }

  private static List<String> complaints(Row row, List<String> line, Said said) {
    List<String> wrong = new ArrayList<>();
    if (said.exitCode != row.exitCode) {
      wrong.add("exit code " + said.exitCode + ", not " + row.exitCode);
    }
    boolean isOut = row.stream.equals("out");
    String where = isOut ? said.out : said.err;
    for (String word : row.words) {
      if (!where.contains(filledIn(word))) {
        wrong.add("does not say " + filledIn(word) + " on standard " + (isOut ? "output" : "error"));
      }
    }
    if (row.stream.equals("err") && !said.out.isEmpty()) {
      wrong.add("standard output has " + said.out);
    }
    if (!isOut && !said.err.startsWith("hayloft: ")) {
      wrong.add("does not begin with hayloft:");
    }
    if (isOut && line.contains("--json")) {
      document(said.out).ifPresent(wrong::add);
    }
    for (String text : List.of(said.out, said.err, said.log)) {
      Matcher inside = INSIDE.matcher(row.words.contains(NULL) ? text.replace(NULL, "") : text);
      if (inside.find()) {
        wrong.add("shows its inside: " + inside.group());
      }
      if (text.contains(SECRET_KEY) || text.contains(WRONG_SECRET)) {
        wrong.add("shows a secret");
      }
    }
    return wrong.isEmpty() ? wrong : List.of(String.join("; ", wrong) + "\n" + said.out.strip() + said.err.strip());
  }

  private static Optional<String> document(String text) {
    try {
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).readTree(text);
      return text.isBlank() ? Optional.of("no JSON") : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.of("not one document of JSON");
    }
  }

  private static List<Row> table() throws IOException {
    try (InputStream in = Objects.requireNonNull(MessagesTest.class.getResourceAsStream("messages.txt"))) {
      return new String(in.readAllBytes(), UTF_8).lines().filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Row::of).toList();
    }
  }

  /// Classes of all rooms, as the build left them.
  private static List<ClassModel> classes() throws IOException {
    List<ClassModel> classes = new ArrayList<>();
    for (String room : List.of("common", "volume", "master", "filer", "s3-gateway", "cli")) {
      try (Stream<Path> files = Files.walk(Path.of("..", room, "target", "classes"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
          classes.add(ClassFile.of().parse(file));
        }
      }
    }
    return classes;
  }

  @Test
  void noSentenceOfTheProgramNamesAClass() throws IOException {
    List<String> wrong = new ArrayList<>();
    int sentences = 0;
    for (ClassModel read : classes()) {
      for (PoolEntry entry : read.constantPool()) {
        if (entry instanceof StringEntry constant && constant.stringValue().contains(" ")) {
          sentences++;
          if (INSIDE.matcher(constant.stringValue().replace("/dev/null", "")).find()) {
            wrong.add(read.thisClass().asInternalName() + ": " + constant.stringValue());
          }
        }
      }
    }
    int count = sentences;
    assertTrue(count > 1000, () -> "only " + count);
    assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
  }

  @Test
  void whatGoesWrongIsToldInWords() throws Exception {
    List<String> wrong = new ArrayList<>();
    List<String> notYet = new ArrayList<>();
    for (Row row : table()) {
      if (row.line.contains("{unreadable}") && !PLACES.containsKey("unreadable")) {
        continue;
      }
      List<String> complaints = complaints(row);
      if (row.holds) {
        complaints.forEach(text -> wrong.add(row.line + ": " + text));
      } else {
        notYet.add((complaints.isEmpty() ? "holds now: " : "not yet: ") + row.line
            + complaints.stream().map(text -> ": " + text).collect(Collectors.joining()));
      }
    }
    notYet.forEach(System.out::println);
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " messages are wrong:\n\n" + String.join("\n\n", wrong));
  }

  @Test
  void everyCommandIsInTheTable() throws Exception {
    List<Row> rows = table();
    List<String> missing = new ArrayList<>();
    for (String command : lead(run(Map.of(), List.of("shell", "-c", "help")).out, "^  ([a-z][a-z0-9.]+) ")) {
      List<Row> own = rows.stream().filter(row -> row.line.matches("hayloft> " + Pattern.quote(command) + "( .*)?"))
          .toList();
      if (own.stream().noneMatch(row -> row.exitCode == 0)) {
        missing.add("hayloft> " + command + " has no line that is right");
      }
      if (own.stream().allMatch(row -> row.exitCode == 0)) {
        missing.add("hayloft> " + command + " has no line that is wrong");
      }
    }
    for (Map.Entry<List<String>, CommandLine> command : commands().entrySet()) {
      String name = String.join(" ", command.getKey());
      if (name.isEmpty() || !command.getValue().getSubcommands().isEmpty()) {
        continue;
      }
      var own = Pattern.compile("^([A-Z_]+=\\S+ |\\{[a-z-]+} )*" + Pattern.quote(name) + "( |$)");
      List<Row> rowsOf = rows.stream().filter(row -> own.matcher(row.line).find()).toList();
      if (rowsOf.stream().noneMatch(row -> row.exitCode == 0)) {
        missing.add(name + " has no line that is right");
      }
      if (rowsOf.stream().allMatch(row -> row.exitCode == 0)) {
        missing.add(name + " has no line that is wrong");
      }
    }
    assertTrue(missing.isEmpty(), () -> String.join("\n", missing));
  }

  /// Those of subcommands, too.
  private static Map<List<String>, CommandLine> commands() {
    Map<List<String>, CommandLine> commands = new HashMap<>();
    collect(List.of(), Hayloft.commandLine(Map.of(), Path.of("/nowhere")), commands);
    return commands;
  }

  private static void collect(List<String> path, CommandLine command, Map<List<String>, CommandLine> into) {
    into.put(path, command);
    command.getSubcommands().forEach((name, sub) -> {
      List<String> longer = new ArrayList<>(path);
      longer.add(name);
      collect(longer, sub, into);
    });
  }

  /// What has to be there, so that it is not what is missed.
  private static List<String> needed(CommandLine command, OptionSpec except) {
    List<String> needed = new ArrayList<>();
    for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
      if (parameter.arity().min() > 0) {
        boolean isWord = parameter.type().isEnum() || parameter.paramLabel().equals("NAME");
        needed.add(isWord ? "put" : PLACES.get("text"));
      }
    }
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.required() && option.group() == null && !option.equals(except)) {
        needed.add(option.longestName() + "=" + PLACES.get("directory"));
      }
    }
    return needed;
  }

  @Test
  void everyOptionOfEveryCommandThatIsWrittenWronglyIsNamed() throws Exception {
    List<String> wrong = new ArrayList<>();
    int lines = 0;
    for (Map.Entry<List<String>, CommandLine> command : commands().entrySet()) {
      for (OptionSpec option : command.getValue().getCommandSpec().options()) {
        String name = option.longestName();
        if (!name.startsWith("--")) {
          continue; // -cz is -c with a value
        }
        List<List<String>> tails = new ArrayList<>(List.of(List.of(name + "z"), List.of(name + "z=1")));
        boolean isSwitch = option.arity().max() == 0;
        Class<?> type = option.typeInfo().isMultiValue() ? option.auxiliaryTypes()[0] : option.type();
        if (isSwitch) {
          tails.add(List.of(name + "=perhaps"));
        } else if (option.arity().min() > 0) {
          tails.add(List.of(name));
        }
        if (!isSwitch && type != String.class && type != Path.class && type != Optional.class) { // these take much
          tails.add(List.of(name + "=w?r!o~n-g"));
        }
        for (List<String> tail : tails) {
          List<String> line = new ArrayList<>(command.getKey());
          line.addAll(needed(command.getValue(), option));
          line.addAll(tail);
          Row row = new Row(String.join(" ", line), 2, "err", List.of("Try hayloft"), true);
          Said said = run(Map.of(), line);
          List<String> complaints = new ArrayList<>(complaints(row, line, said));
          if (Arrays.stream(option.names()).noneMatch(one -> said.err.contains(one.replaceFirst("^-+", "")))) {
            complaints.add("does not name " + name + ": " + said.err);
          }
          complaints.forEach(text -> wrong.add(row.line + ": " + text));
          lines++;
        }
      }
    }
    int count = lines;
    assertTrue(count > 200, () -> "only " + count);
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " of " + count + " are wrong:\n\n" + String.join("\n\n", wrong));
  }

  @Test
  void everyCommandOfTheShellThatIsWrittenWronglyIsExplained() throws Exception {
    List<String> commands = lead(run(Map.of(), List.of("shell", "-c", "help")).out, "^  ([a-z][a-z0-9.]+) ");
    assertTrue(commands.size() > 30, commands::toString);
    List<String> wrong = new ArrayList<>();
    for (String command : commands) {
      if (command.equals("help")) {
        continue; // it is in the table
      }
      List<String> lines = new ArrayList<>(List.of(command + " -odd"));
      if (!command.equals("fs.rm")) { // it takes as many as there are
        lines.add(command + " a b c d e f");
      }
      lead(run(Map.of(), List.of("shell", "-c", "help " + command)).out, "^ +-\\w+, --(\\w+)=").stream()
          .filter(option -> !option.equals("secretKey")) // not taken from -c at all
          .forEach(option -> lines.add(command + " -" + option));
      for (String line : lines) {
        List<String> arguments = List.of("shell", "-c", line);
        Row row = new Row(line, 2, "err", List.of("help " + command + " says more"), true);
        complaints(row, arguments, run(Map.of(), arguments)).forEach(text -> wrong.add(line + ": " + text));
      }
    }
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " are wrong:\n\n" + String.join("\n\n", wrong));
  }

  private static List<String> lead(String text, String pattern) {
    return Pattern.compile(pattern, Pattern.MULTILINE).matcher(text).results().map(found -> found.group(1)).toList();
  }

  @Test
  void noPortShowsTheInsideOfTheProgram() throws IOException {
    byte[] hello = {22, 3, 1, 0, 5, 1, 0, 0, 1, 3};
    List<byte[]> requests = new ArrayList<>(
        List.of(hello, "hay\r\n\r\n".getBytes(UTF_8), new byte[]{0, 1, 2, 13, 10, 13, 10},
            ("GET /" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(UTF_8)));
    for (String line : List.of("GET /", "GET /nothing/here?x=%", "POST /", "PUT /a", "DELETE /3,zz",
        "GET /3,01637037d6",
        "GET /dir/assign", "GET /dir/lookup?volumeId=x", "POST /v1/volume.list", "HAY /", "GET /readyz", "GET /metrics",
        "POST /vol/grow?count=x", "GET /v1/jobs/x")) {
      for (String headers : List.of("Host: {host}\r\nContent-Length: 0\r\n", "Host: elsewhere.example\r\n",
          "Host: {host}\r\nContent-Length: many\r\n", "Host: {host}\r\nAuthorization: hay\r\n",
          "Host: {host}\r\nAuthorization: Bearer a.b.c\r\n")) {
        requests.add((line + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n").getBytes(UTF_8));
      }
    }
    List<String> wrong = new ArrayList<>();
    for (String port : List.of("s3", "master", "volume", "filer", "admin", "tls-s3", "tls-master", "tls-volume",
        "tls-filer", "tls-admin")) {
      for (byte[] request : requests) {
        String text = new String(request, UTF_8).replace("{host}", "127.0.0.1:" + PLACES.get(port));
        String answer = answer(Integer.parseInt(Objects.requireNonNull(PLACES.get(port))),
            request == hello ? hello : text.getBytes(UTF_8));
        Matcher inside = INSIDE.matcher(answer);
        if (inside.find() || !answer.isEmpty() && !answer.startsWith("HTTP/1.1 ") && request != hello) {
          wrong.add(port + ": " + text.substring(0, Math.min(200, text.length())) + answer);
        }
      }
    }
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " answers are wrong:\n\n" + String.join("\n\n", wrong));
  }

  private static String answer(int port, byte[] request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request);
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    } catch (SocketException _) {
      return ""; // closed while it still spoke
    }
  }
}
