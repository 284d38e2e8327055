package hayloft.cli.config;

import hayloft.cli.FileFault;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
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
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// A configuration file: `key: value` and `key: [value, …]` in YAML, one level deep; the only class that knows YAML.
/// Immutable.
///
/// It takes the parser's events and lets it build nothing: values stay the text that was written, each with its line,
/// and tags, anchors and aliases are refused, so a file can neither name a class nor blow up.
///
/// @param entries in the order of the file
record ConfigFile(Path path, Map<String, Entry> entries) {

  /// @param line counted from 1
  /// @param list whether it was written as a list
  record Entry(List<String> values, int line, boolean list) {
    Entry {
      values = List.copyOf(values);
    }
  }

  private static final int MOST_BYTES = 1 << 20;

  ConfigFile {
    entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
  }

  static ConfigFile read(Path path) throws WrongSettingException {
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

  /// @param path for messages
  static ConfigFile parse(Path path, String text) throws WrongSettingException {
    try {
      Iterator<Event> events = new Parse(LoadSettings.builder().setLabel(path.toString()).build()).parseString(text)
          .iterator();
      events.next(); // the stream's start
      Map<String, Entry> entries = Map.of();
      if (events.next() instanceof DocumentStartEvent) {
        entries = new Reader(path, events).document();
        if (events.next() instanceof DocumentStartEvent second) {
          throw wrong(path, second, "a second document begins; write one");
        }
      }
      return new ConfigFile(path, entries);
    } catch (MarkedYamlEngineException e) {
      String line = e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
      throw new WrongSettingException(path + line + ": not YAML: " + e.getProblem(), e);
    } catch (YamlEngineException e) {
      throw new WrongSettingException(path + ": not YAML: " + e.getMessage(), e);
    }
  }

  private static int line(Event event) {
    return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  private static WrongSettingException wrong(Path path, Event event, String what) {
    return new WrongSettingException(path + ":" + line(event) + ": " + what);
  }

  /// Walks the events of one document. Confined to one call.
  private record Reader(Path path, Iterator<Event> events) {

    Map<String, Entry> document() throws WrongSettingException {
      Map<String, Entry> entries = new LinkedHashMap<>();
      Event first = plain(events.next());
      if (first instanceof ScalarEvent nothing && nothing.getValue().isEmpty()) {
        endOfDocument();
        return entries;
      }
      if (!(first instanceof MappingStartEvent)) {
        throw wrong(path, first, "expected lines of the form key: value");
      }
      for (Event event = plain(events.next()); !(event instanceof MappingEndEvent); event = plain(events.next())) {
        if (!(event instanceof ScalarEvent key)) {
          throw wrong(path, event, "a key must be a name");
        }
        Entry entry = entry(key);
        Entry before = entries.putIfAbsent(key.getValue(), entry);
        if (before != null) {
          throw wrong(path, key, key.getValue() + " is set already in line " + before.line());
        }
      }
      endOfDocument();
      return entries;
    }

    private void endOfDocument() throws WrongSettingException {
      Event end = events.next();
      if (!(end instanceof DocumentEndEvent)) {
        throw wrong(path, end, "expected the end of the document");
      }
    }

    private Entry entry(ScalarEvent key) throws WrongSettingException {
      Event value = plain(events.next());
      return switch (value) {
        case ScalarEvent scalar -> new Entry(List.of(text(key, scalar)), line(key), false);
        case SequenceStartEvent _ -> new Entry(list(key), line(key), true);
        default -> throw wrong(path, value, key.getValue() + " has keys of its own; settings are not nested");
      };
    }

    private List<String> list(ScalarEvent key) throws WrongSettingException {
      List<String> values = new ArrayList<>();
      for (Event event = plain(events.next()); !(event instanceof SequenceEndEvent); event = plain(events.next())) {
        if (!(event instanceof ScalarEvent item)) {
          throw wrong(path, event, key.getValue() + " must be a list of plain values");
        }
        values.add(text(key, item));
      }
      return values;
    }

    private String text(ScalarEvent key, ScalarEvent value) throws WrongSettingException {
      String text = value.getValue();
      if (value.isPlain() && (text.isEmpty() || text.equals("~") || text.equals("null"))) {
        throw wrong(path, key, key.getValue() + " has no value; leave the line out to have the default");
      }
      if (text.indexOf('\n') >= 0) {
        throw wrong(path, key, key.getValue() + " must be on one line");
      }
      return text;
    }

    private Event plain(Event event) throws WrongSettingException {
      boolean tagged = event instanceof ScalarEvent scalar && scalar.getTag().isPresent()
          || event instanceof MappingStartEvent map && map.getTag().isPresent()
          || event instanceof SequenceStartEvent list && list.getTag().isPresent();
      if (tagged) {
        throw wrong(path, event, "tags (!…) are not allowed");
      }
      if (event instanceof AliasEvent || event instanceof NodeEvent node && node.getAnchor().isPresent()) {
        throw wrong(path, event, "anchors and aliases (& and *) are not allowed");
      }
      return event;
    }
  }
}
