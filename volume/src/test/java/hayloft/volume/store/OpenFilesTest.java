package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.directory.TooFewDescriptorsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OpenFilesTest {

  static long[] seeds() {
    return new Random().longs(5).toArray();
  }

  private final Map<String, One> all = new LinkedHashMap<>();

  private final class One implements OpenFiles.Parkable {
    private boolean open = true;
    private boolean used;
    private boolean busy;

    @Override
    public boolean takeUsed() {
      boolean was = used;
      used = false;
      return was;
    }

    @Override
    public boolean park() {
      open &= busy;
      return !open;
    }
  }

  private One one(String name) {
    return all.computeIfAbsent(name, _ -> new One());
  }

  private OpenFiles openFiles(int most, String... names) {
    OpenFiles files = new OpenFiles(most);
    for (String name : names) {
      files.add(one(name));
    }
    return files;
  }

  private String open() {
    StringBuilder open = new StringBuilder();
    all.forEach((name, one) -> open.append(one.open ? name : ""));
    return open.toString();
  }

  @Test
  void theOldestThatNobodyUsedIsParked() {
    OpenFiles files = openFiles(3, "a", "b", "c");
    one("a").used = true;
    files.add(one("d"));
    assertEquals("acd", open());
    files.add(one("e"));
    assertEquals("ade", open(), "the order is c, d, a by now");
    files.add(one("f"));
    assertEquals("aef", open());
    files.add(one("g"));
    assertEquals("efg", open(), "one second chance for one use");
  }

  @Test
  void ofThoseThatAreAllUsedTheOldestIsParked() {
    OpenFiles files = openFiles(3, "a", "b", "c");
    all.values().forEach(one -> one.used = true);
    files.add(one("d"));
    assertEquals("bcd", open());
  }

  @Test
  void whatIsInUseStaysBeyondTheBoundAndNoLonger() {
    OpenFiles files = openFiles(2, "a", "b");
    all.values().forEach(one -> one.busy = true);
    files.add(one("c"));
    files.add(one("d"));
    assertEquals("abd", open(), "what nobody is in makes room");
    all.values().forEach(one -> one.busy = false);
    files.add(one("e"));
    assertEquals(2, open().length(), open());
    assertTrue(one("e").open);
  }

  @Test
  void whatIsRemovedIsNotParked() {
    OpenFiles files = openFiles(2, "a", "b");
    files.remove(one("a"));
    files.add(one("c"));
    files.add(one("d"));
    assertEquals("acd", open());
  }

  @Test
  void withoutADescriptorAllThatAreIdleAreParkedAndItIsTriedOnceMore() throws IOException {
    OpenFiles files = openFiles(10, "a", "b", "c");
    one("a").used = true;
    one("b").busy = true;
    List<String> openAtTry = new ArrayList<>();
    one("x").open = false;
    files.reopen(one("x"), () -> {
      openAtTry.add(open());
      if (openAtTry.size() == 1) {
        throw new TooFewDescriptorsException("none is left", null);
      }
      one("x").open = true;
    });
    assertEquals(List.of("abc", "b"), openAtTry);
    assertEquals(1, files.reopened());
    IOException none = new TooFewDescriptorsException("none is left", null);
    assertSame(none, assertThrows(IOException.class, () -> files.reopen(one("y"), () -> {
      throw none;
    })));
    assertEquals(1, files.reopened());
  }

  @Test
  void whatCouldNotBeOpenedTakesNoRoom() {
    OpenFiles files = openFiles(2, "a");
    for (int i = 0; i < 10; i++) {
      One failing = new One();
      assertThrows(IOException.class, () -> files.reopen(failing, () -> {
        throw new IOException("gone");
      }));
    }
    files.add(one("b"));
    assertEquals("ab", open());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void thereAreNeverMoreThanTheBoundAndWhatIsInUse(long seed) {
    Random random = new Random(seed);
    OpenFiles files = new OpenFiles(4);
    List<One> ones = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      One one = new One();
      one.open = false;
      ones.add(one);
    }
    for (int step = 0; step < 2000; step++) {
      One one = ones.get(random.nextInt(ones.size()));
      if (one.open) {
        one.used = true;
        one.busy = random.nextInt(3) == 0;
      } else {
        one.open = true;
        files.add(one);
        long open = ones.stream().filter(each -> each.open).count();
        long busy = ones.stream().filter(each -> each.open && each.busy).count();
        assertTrue(open <= Math.max(4, busy + 1), () -> "seed " + seed + ": " + open + " are open, in use " + busy);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 16", "200, 16", "1024, 64", "20000, 1024", "65536, 1024"})
  void theBoundFollowsTheLimitOfDescriptors(long limit, int expected) {
    assertEquals(expected, VolumeStoreConfig.openSealedVolumes(OptionalLong.of(limit)));
    assertEquals(16, VolumeStoreConfig.openSealedVolumes(OptionalLong.empty()));
  }
}
