package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.directory.DirectoryReport;
import hayloft.common.directory.KnownLevels;
import hayloft.common.directory.StoreDirectories;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LevelCommandsTest {

  @TempDir
  private Path temp = Path.of("");
  private List<Path> paths = List.of();

  @BeforeEach
  void makeAStoreOfLevelTwo() throws IOException {
    paths = List.of(temp.resolve("one"), temp.resolve("two"));
    StoreDirectories.open(paths, WhenEmpty.CREATE).close();
  }

  private static JsonNode raise(StoreDirectories directories, String arguments) throws IOException {
    AdminCommand command = new LevelCommands(directories).commands().getFirst();
    assertEquals("level.raise", command.name());
    assertTrue(command.mayChange(true) && !command.mayChange(false));
    var call = new AdminCall(new Caller("root", ""), new Arguments(new ObjectMapper().readTree(arguments)), "1");
    return ((AdminCommand.Work.Now) command.work()).answer(call);
  }

  private static List<Integer> levels(JsonNode answer) {
    return answer.path("directories").valueStream().map(one -> one.path("level").asInt()).toList();
  }

  @Test
  void todayThereIsNothingToRaise() throws IOException {
    try (StoreDirectories directories = StoreDirectories.open(paths, WhenEmpty.REFUSE)) {
      JsonNode answer = raise(directories, "{\"apply\":true}");
      assertEquals(answer.path("newestLevel"), answer.path("level"));
      assertEquals(List.of(2, 2), levels(answer));
    }
  }

  @Test
  void aNewerLevelIsShownAndWaitsForApply() throws IOException {
    try (StoreDirectories directories = StoreDirectories.open(paths, WhenEmpty.REFUSE, Set.of(),
        new KnownLevels(2, 3))) {
      JsonNode dry = raise(directories, "{}");
      assertEquals("2 3", dry.path("level").asInt() + " " + dry.path("newestLevel").asInt());
      assertEquals(List.of(2, 2), levels(dry));
      assertEquals(List.of(3, 3), levels(raise(directories, "{\"apply\":true}")));
      assertEquals(3, directories.level());
      assertEquals(3, raise(directories, "{}").path("level").asInt());
    }
  }

  @Test
  void aDirectoryTellsItsLevelToToolsThatLook() throws IOException {
    assertEquals(2, DirectoryReport.of(paths.getFirst()).level());
    assertEquals(0, DirectoryReport.of(temp).level());
  }
}
