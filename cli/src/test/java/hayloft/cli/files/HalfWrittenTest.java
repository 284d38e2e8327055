package hayloft.cli.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ends of whole processes are looked at from outside, in `InterruptedToolsIT`.
final class HalfWrittenTest {

  @TempDir
  private Path directory = Path.of("");

  private HalfWritten begin(String name, String text) throws IOException {
    HalfWritten file = HalfWritten.ofNew(directory.resolve(name), HalfWritten.Readers.OWNER);
    file.stream().write(text.getBytes(UTF_8));
    return file;
  }

  private List<String> there() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void itHasItsNameOnlyOnceItIsWhole() throws IOException {
    try (HalfWritten file = begin("a", "hay")) {
      assertEquals(List.of("a.part"), there());
      assertEquals("rw-------", permissions(directory.resolve("a.part")));
      file.finish();
      assertEquals(List.of("a"), there());
    }
    assertEquals("hay", Files.readString(directory.resolve("a")));
  }

  @Test
  void whatIsNotFinishedIsTakenAway() throws IOException {
    begin("a", "ha").close();
    assertEquals(List.of(), there());
  }

  @Test
  void whatAKilledRunHasLeftIsOverwrittenAndKeepsNoPermissions() throws IOException {
    Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "somebody's");
    Files.createSymbolicLink(directory.resolve("a.part"), elsewhere);
    try (HalfWritten file = begin("a", "hay")) {
      file.finish();
    }
    assertEquals("rw-------", permissions(directory.resolve("a")));
    assertEquals("somebody's", Files.readString(elsewhere));
  }

  @Test
  void ofTwoAtATimeTheFirstIsToldAndTheOtherIsWhole() throws IOException {
    try (HalfWritten first = begin("a", "first")) {
      try (HalfWritten second = begin("a", "second")) {
        assertTrue(String.valueOf(assertThrows(IOException.class, first::finish).getMessage())
            .contains("another process"));
        second.finish();
      }
    }
    assertEquals(List.of("a"), there());
    assertEquals("second", Files.readString(directory.resolve("a")));
  }

  @Test
  void filesThatBelongTogetherAreThereTogetherOrNotAtAll() throws IOException {
    try (HalfWritten key = begin("key", "k"); HalfWritten certificate = begin("crt", "c")) {
      Files.createDirectories(directory.resolve("crt").resolve("in the way"));
      assertThrows(IOException.class, () -> HalfWritten.finish(List.of(key, certificate)));
    }
    assertEquals(List.of("crt"), there());
  }

  @Test
  void whatIsThereIsNotOverwritten() throws IOException {
    Files.writeString(directory.resolve("a"), "old");
    assertThrows(FileAlreadyExistsException.class, () -> begin("a", "new"));
    assertEquals(List.of("a"), there());
  }

  @Test
  void aTextTakesThePlaceOfTheOneBefore() throws IOException {
    Path file = directory.resolve("page");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    HalfWritten.replace(file, "old");
    HalfWritten.replace(link, "new");
    assertEquals("new", Files.readString(file));
    assertTrue(Files.isSymbolicLink(link));
    assertFalse(Files.exists(directory.resolve("page.part")));
  }
}
