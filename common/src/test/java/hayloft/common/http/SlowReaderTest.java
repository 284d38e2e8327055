package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [ClientPace] in a time that passes by itself: for how long who may take nothing of an answer.
final class SlowReaderTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int LONG_SECONDS = 3600;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private long offered;
  private long acknowledged;
  private long looks; // two in a second, as the server does it
  private final ClientPace pace = new ClientPace(channel, () -> offered - acknowledged);

  private void answer(long bytes) {
    pace.requested();
    offer(bytes);
  }

  private void offer(long bytes) {
    offered += bytes;
    pace.offered(bytes);
  }

  private void take(long bytes) {
    acknowledged = Math.min(offered, acknowledged + bytes);
  }

  private boolean look() {
    return pace.isBearable(LIMIT, 7 + ++looks * 500_000_000);
  }

  /// @return after how many seconds of taking nothing it was cut; `mostSeconds` if it was not
  private long pause(int mostSeconds) {
    long began = looks;
    while (looks < began + 2L * mostSeconds) {
      if (!look()) {
        return (looks - began) / 2;
      }
    }
    return mostSeconds;
  }

  @Test
  void whoeverTakesNothingFromTheBeginningIsCutAtTheLimit() {
    answer(2 << 20);
    assertEquals(30, pause(LONG_SECONDS));
  }

  /// Its kernel takes so much for a process that reads nothing.
  @ParameterizedTest
  @CsvSource({"0, 30", "1024, 31", "2048, 32", "65536, 94", "92160, 120", "194670, 120", "384322, 120", "6291456, 120"})
  void whatTheKernelTookLastsAtTheLeastRateAndForTwoMinutesAtMost(long bytes, long cutAfterSeconds) {
    answer(32 << 20);
    take(bytes);
    assertEquals(cutAfterSeconds, pause(LONG_SECONDS));
  }

  /// What a process reads steadily its kernel acknowledges in lumps: much at once when the answer begins, then nothing
  /// before that is read. The first lump and the later ones are those of curl on Linux.
  @ParameterizedTest
  @CsvSource({"6144, 194670, 189652", "6144, 384322, 384322", "8192, 194670, 189652", "8192, 384322, 327680",
      "8192, 262144, 491520", "9216, 194670, 516096", "15360, 65536, 1048576", "1100, 65536, 65536",
      "1100, 90000, 90000"})
  void aSteadyReaderIsNeverCutHoweverItsKernelAcknowledges(long bytesPerSecond, long firstBytes, long lumpBytes) {
    answer(64 << 20);
    take(firstBytes);
    long held = firstBytes; // by the client's kernel, unread
    while (acknowledged < offered && looks < 2 * LONG_SECONDS) {
      assertTrue(look(), () -> "cut after " + looks / 2 + " s, " + acknowledged + " bytes");
      held -= bytesPerSecond / 2;
      if (held < bytesPerSecond / 2) {
        take(lumpBytes);
        held += lumpBytes;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void aSteadyReaderIsNeverCut(long seed) {
    var random = new Random(seed);
    long bytesPerSecond = 1_100 + random.nextInt(20_000);
    long mostBytes = Math.min(4 << 20, 100 * bytesPerSecond); // longer pauses than 100 s are too long for anybody
    long first = random.nextLong(mostBytes);
    answer(256 << 20);
    take(first);
    long read = 0;
    long lump = random.nextLong(mostBytes);
    for (int half = 0; half < 2 * LONG_SECONDS; half++) {
      assertTrue(look(), () -> "seed " + seed + " after " + looks / 2 + " s at " + bytesPerSecond + " B/s");
      read += bytesPerSecond / 2;
      if (acknowledged - read < mostBytes - lump) { // the kernel has room for a lump again
        take(lump);
        lump = 1 + random.nextLong(mostBytes);
      }
    }
  }

  /// Taken between two looks or over some, while the server has more to offer, or has not for a moment.
  @ParameterizedTest
  @CsvSource({"300000, 1", "300000, 6", "700000, 1", "2000000, 2", "4000000, 1", "8000000, 1", "8000000, 20"})
  void whoeverTookMuchMayPauseForTwoMinutesMoreThanOnce(long bytes, int inLooks) {
    for (boolean waitsForServer : new boolean[]{false, true}) {
      answer(waitsForServer ? 0 : 64 << 20);
      for (int round = 0; round < 3; round++) {
        for (int part = 0; part < inLooks; part++) {
          offer(waitsForServer ? bytes / inLooks : 0);
          take(bytes / inLooks);
          assertTrue(look());
        }
        offer(waitsForServer ? 1 << 20 : 0);
        assertEquals(round < 2 ? 115 : 119, pause(round < 2 ? 115 : 119));
        take(1 << 20);
        assertTrue(look());
      }
      take(64 << 20);
      assertTrue(look());
    }
  }

  @Test
  void whatWasTakenOfAnAnswerDoesNotLastForTheNext() {
    answer(8 << 20);
    take(1 << 20);
    assertTrue(look());
    take(8 << 20);
    assertTrue(look());
    answer(8 << 20);
    assertEquals(30, pause(LONG_SECONDS));
  }

  /// Whoever asks for much at once is not given time by asking.
  @Test
  void aRequestMoreGivesNoTime() {
    answer(2 << 20);
    assertEquals(20, pause(20));
    answer(2 << 20);
    assertEquals(10, pause(LONG_SECONDS));
  }

  /// In lumps or drop by drop, for some of them after two minutes' worth was saved.
  @ParameterizedTest
  @CsvSource({"500, 1, 60", "800, 10, 150", "1000, 1, 1400", "20000, 25, 600", "1000000, 150, 130"})
  void whoeverTakesLessThanTheLeastRateIsCutSometime(long lumpBytes, int everySeconds, int atMostSeconds) {
    answer(32 << 20);
    while (pause(everySeconds) == everySeconds && looks < 2 * LONG_SECONDS) {
      take(lumpBytes);
      if (!look()) {
        break;
      }
    }
    assertTrue(looks / 2 <= atMostSeconds, () -> looks / 2 + " s");
  }

  /// Under TLS the text that is left is longer than what was offered of it.
  @Test
  void whatGrowsByEncryptionCostsNothing() {
    pace.requested();
    offered += 600_000;
    pace.offered(599_000);
    assertEquals(30, pause(LONG_SECONDS));
  }
}
