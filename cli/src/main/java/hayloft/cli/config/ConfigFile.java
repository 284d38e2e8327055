package hayloft.cli.config;

import hayloft.cli.FileFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// A configuration file, or another of the same form: `key: value` and `key: [value, …]` in YAML, one level deep; the
/// only class that knows YAML. Immutable.
///
/// It takes the parser's events and lets it build nothing: values stay the text that was written, each with its line,
/// and tags, anchors and aliases are refused, so a file can neither name a class nor blow up.
///
/// @param entries in the order of the file
public record ConfigFile(Path path, Map<String, Entry> entries) {

  /// @param line counted from 1
  /// @param list whether it was written as a list
  public record Entry(List<String> values, int line, boolean list) {
    public Entry {
      values = List.copyOf(values);
    }
  }

  private static final int MOST_BYTES = 1 << 20;

  public ConfigFile {
    entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
  }

  /// What a file holds and what is wrong with it; one wrong entry does not hide the next.
  ///
  /// @param file the entries that are right
  /// @param wrong a line for each that is not
  record Outcome(ConfigFile file, List<String> wrong) {
    Outcome {
      wrong = List.copyOf(wrong);
    }

    ConfigFile orRefused() throws WrongSettingException {
      if (!wrong.isEmpty()) {
        throw new WrongSettingException(String.join("\n", wrong));
      }
      return file;
    }
  }

  /// @throws WrongSettingException if anything is wrong, with a line for each entry that is
  static ConfigFile read(Path path) throws WrongSettingException {
    return look(path).orRefused();
  }

  /// One that is not about settings.
  ///
  /// @throws WrongConfigurationException if anything is wrong, with a line for each entry that is
  public static ConfigFile ofOthers(Path path) throws WrongConfigurationException {
    try {
      return read(path);
    } catch (WrongSettingException e) {
      throw new WrongConfigurationException(e.text(), e);
    }
  }

  /// @throws WrongSettingException if it cannot be read at all
  static Outcome look(Path path) throws WrongSettingException {
    try {
      if (Files.size(path) > MOST_BYTES) {
        throw new WrongSettingException(
            path + " has more than " + MOST_BYTES + " bytes; that is no configuration file");
      }
      return parse(path, Files.readString(path));
    } catch (NoSuchFileException e) {
      throw new WrongSettingException("there is no configuration file " + path, e);
    } catch (CharacterCodingException e) {
      throw new WrongSettingException(path + " is not UTF-8", e);
    } catch (IOException e) {
      throw new WrongSettingException(Files.isDirectory(path)
          ? "the configuration file " + path + " is a directory. Name the file in it"
          : "the configuration file " + path + " cannot be read: " + FileFault.text(e), e);
    }
  }

  /// What can be read of a file that may be wrong in every way.
  static ConfigFile legible(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return parse(path, new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8)).file();
    }
  }

  /// @param path for messages
  static Outcome parse(Path path, String text) {
    var reader = new Reader(path);
    try {
      reader.document(text);
    } catch (YamlEngineException _) { // where one entry ends and the next begins is not known to YAML any more
      reader = new Reader(path);
      reader.entryByEntry(text);
    }
    return new Outcome(new ConfigFile(path, reader.entries), reader.wrong);
  }

  private static int line(Event event) {
    return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  /// What the parser stumbled over.
  private static String notYaml(Path path, YamlEngineException thrown) {
    return thrown instanceof MarkedYamlEngineException marked
        ? path + marked.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("") + ": not YAML: "
            + marked.getProblem()
        : path + ": not YAML: " + thrown.getMessage();
  }

  /// Walks the events of one document. Confined to one call.
  private static final class Reader {

    private final Path path;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<String> wrong = new ArrayList<>();

    Reader(Path path) {
      this.path = path;
    }

    /// @throws YamlEngineException if it is no YAML
    void document(String text) {
      Iterator<Event> events = new Parse(LoadSettings.builder().setLabel(path.toString()).build()).parseString(text)
          .iterator();
      events.next(); // the stream's start
      if (events.next() instanceof DocumentStartEvent) {
        try {
          mapping(events);
          if (events.next() instanceof DocumentEndEvent && events.next() instanceof DocumentStartEvent second) {
            throw refusal(second, "a second document begins; write one");
          }
        } catch (WrongSettingException e) {
          wrong.add(e.text());
        }
      }
    }

    /// Takes every line that is not indented for the begin of an entry, and each entry for a document.
    void entryByEntry(String text) {
      List<String> lines = text.lines().toList();
      for (int from = 0; from < lines.size();) {
        int to = from + 1;
        while (to < lines.size() && goesOn(lines.get(to))) {
          to++;
        }
        try {
          document("\n".repeat(from) + String.join("\n", lines.subList(from, to)) + "\n");
        } catch (YamlEngineException e) {
          wrong.add(notYaml(path, e));
        }
        from = to;
      }
    }

    private static boolean goesOn(String line) {
      return line.isBlank() || " \t#]}".indexOf(line.charAt(0)) >= 0 || line.equals("-") || line.startsWith("- ");
    }

    private void mapping(Iterator<Event> events) throws WrongSettingException {
      Event first = plain(events.next());
      if (first instanceof ScalarEvent nothing && nothing.getValue().isEmpty()) {
        return;
      }
      if (!(first instanceof MappingStartEvent)) {
        throw refusal(first, "expected lines of the form key: value");
      }
      for (Event event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
        List<Event> key = node(event, events);
        List<Event> value = node(events.next(), events);
        try {
          entry(key, value);
        } catch (WrongSettingException e) {
          wrong.add(e.text());
        }
      }
    }

    /// All events of a value, however deep, so that the next one is known.
    private static List<Event> node(Event first, Iterator<Event> events) {
      List<Event> node = new ArrayList<>(List.of(first));
      int depth = first instanceof CollectionStartEvent ? 1 : 0;
      while (depth > 0) {
        Event event = events.next();
        node.add(event);
        depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
      }
      return node;
    }

    private void entry(List<Event> name, List<Event> value) throws WrongSettingException {
      if (!(plain(name.getFirst()) instanceof ScalarEvent key)) {
        throw refusal(name.getFirst(), "a key must be a name");
      }
      Entry before = entries.get(key.getValue());
      if (before != null) {
        throw refusal(key, key.getValue() + " is set already in line " + before.line());
      }
      entries.put(key.getValue(), switch (plain(value.getFirst())) {
        case ScalarEvent scalar -> new Entry(List.of(text(key, scalar)), line(key), false);
        case SequenceStartEvent _ -> new Entry(list(key, value.subList(1, value.size() - 1)), line(key), true);
        default ->
          throw refusal(value.getFirst(), key.getValue() + " has keys of its own; settings are not nested");
      });
    }

    private List<String> list(ScalarEvent key, List<Event> items) throws WrongSettingException {
      List<String> values = new ArrayList<>();
      for (Event item : items) {
        if (!(plain(item) instanceof ScalarEvent scalar)) {
          throw refusal(item, key.getValue() + " must be a list of plain values");
        }
        values.add(text(key, scalar));
      }
      return values;
    }

    private WrongSettingException refusal(Event event, String what) {
      return new WrongSettingException(path + ":" + line(event) + ": " + what);
    }

    private String text(ScalarEvent key, ScalarEvent value) throws WrongSettingException {
      String text = value.getValue();
      if (value.isPlain() && (text.isEmpty() || text.equals("~") || text.equals("null"))) {
        throw refusal(key, key.getValue() + " has no value; leave the line out to have the default");
      }
      if (text.indexOf('\n') >= 0) {
        throw refusal(key, key.getValue() + " must be on one line");
      }
      return text;
    }

    private Event plain(Event event) throws WrongSettingException {
      boolean tagged = event instanceof ScalarEvent scalar && scalar.getTag().isPresent()
          || event instanceof MappingStartEvent map && map.getTag().isPresent()
          || event instanceof SequenceStartEvent list && list.getTag().isPresent();
      if (tagged) {
        throw refusal(event, "tags (!…) are not allowed");
      }
      if (event instanceof AliasEvent || event instanceof NodeEvent node && node.getAnchor().isPresent()) {
        throw refusal(event, "anchors and aliases (& and *) are not allowed");
      }
      return event;
    }
  }
}
