package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StandaloneServerTest {

  @Test
  void everyRoomIsClosedWhateverOthersThrow() {
    List<String> closed = new ArrayList<>();
    var open = new ArrayDeque<AutoCloseable>();
    open.push(() -> closed.add("directories"));
    open.push(() -> {
      throw new IllegalStateException("the catalog");
    });
    open.push(() -> closed.add("volumes"));
    open.push(() -> {
      throw new OutOfMemoryError("the administration");
    });
    IOException told = assertThrows(IOException.class, () -> StandaloneServer.closeAll(open));
    assertEquals(List.of("volumes", "directories"), closed);
    assertEquals("could not close cleanly: the administration", told.getMessage());
    assertEquals("the catalog", told.getSuppressed()[0].getMessage());
  }
}
