package hayloft.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CommandTextTest {

  @Test
  void commandsAreCutAtSemicolonsAndWordsAtBlanks() {
    assertEquals(List.of(List.of("lock"), List.of("volume.vacuum", "-apply"), List.of("unlock")),
        CommandText.split(" lock;volume.vacuum\t-apply ;; unlock;"));
    assertEquals(List.of(), CommandText.split("  # nothing"));
    assertEquals(List.of(List.of("fs.ls", "/a#b")), CommandText.split("fs.ls /a#b # a comment; lock"));
  }

  @Test
  void quotesAndBackslashesKeepWhatIsInThem() {
    assertEquals(List.of(List.of("fs.ls", "/b/a b;c", "", "it's", "say \"x\" \\", "a b")),
        CommandText.split("fs.ls '/b/a b;c' '' \"it's\" \"say \\\"x\\\" \\\\\" a\\ b"));
    assertThrows(IllegalArgumentException.class, () -> CommandText.split("fs.ls 'x"));
  }
}
