package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One client with keys of its own, so that it knows what each key must hold: logs what was acknowledged, and what was
/// under way when the server died. Confined to one thread at a time.
final class AuditingWriter {
  static final int KEYS = 12;
  private static final byte[] NOTHING = new byte[0];

  private final int number;
  private final Random random;
  /// What was acknowledged; a missing key means "deleted or never written".
  private final Map<String, byte[]> acknowledged = new HashMap<>();
  private String keyUnderWay = "";
  private byte[] bodyUnderWay = NOTHING;
  private boolean deleteUnderWay;
  private long acks;
  /// An answer that was neither an ack nor the end of the connection.
  private @Nullable AssertionError refusal;

  long acks() {
    return acks;
  }

  AuditingWriter(int number, long seed) {
    this.number = number;
    this.random = new Random(seed);
  }

  void writeUntilItFails(S3Requests client, Runnable onAck, BooleanSupplier goOn) {
    try {
      while (goOn.getAsBoolean()) {
        step(client);
        acks++;
        onAck.run();
      }
    } catch (IOException e) {
      // The kill: whatever was under way is judged by verify().
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (AssertionError e) {
      refusal = e;
    }
  }

  private void step(S3Requests client) throws IOException, InterruptedException {
    keyUnderWay = "/audit/w" + number + "/k" + random.nextInt(KEYS);
    deleteUnderWay = random.nextInt(5) == 0;
    if (deleteUnderWay) {
      HttpResponse<byte[]> answer = client.delete(keyUnderWay);
      assertEquals(204, answer.statusCode(), "delete");
      acknowledged.remove(keyUnderWay);
    } else {
      bodyUnderWay = new byte[sizeOfNext()];
      random.nextBytes(bodyUnderWay);
      HttpResponse<byte[]> answer = client.put(keyUnderWay, bodyUnderWay);
      assertEquals(200, answer.statusCode(), () -> "put: " + new String(answer.body(), StandardCharsets.UTF_8));
      acknowledged.put(keyUnderWay, bodyUnderWay);
    }
    keyUnderWay = "";
  }

  private int sizeOfNext() {
    return switch (random.nextInt(20)) {
      case 0 -> 0;
      case 1 -> 5_000_000 + random.nextInt(5_000_000);
      case 2, 3 -> random.nextInt(300_000);
      default -> random.nextInt(8_000);
    };
  }

  /// Compares every key with what was acknowledged, and takes over whatever came of the mutation that was under way.
  void verify(S3Requests client, String where) throws IOException, InterruptedException {
    if (refusal != null) {
      throw new AssertionError(where + ": a writer was refused", refusal);
    }
    for (int i = 0; i < KEYS; i++) {
      String key = "/audit/w" + number + "/k" + i;
      HttpResponse<byte[]> answer = client.get(key);
      byte[] expected = acknowledged.getOrDefault(key, NOTHING);
      boolean expectsObject = acknowledged.containsKey(key);
      boolean asAcknowledged = matches(answer, expectsObject, expected);
      if (key.equals(keyUnderWay) && !asAcknowledged) {
        assertTrue(matches(answer, !deleteUnderWay, bodyUnderWay),
            where + ": " + key + " holds neither its old nor its new state, status " + answer.statusCode());
        if (deleteUnderWay) {
          acknowledged.remove(key);
        } else {
          acknowledged.put(key, bodyUnderWay);
        }
      } else {
        assertTrue(asAcknowledged, where + ": " + key + " expected "
            + (expectsObject ? expected.length + " bytes" : "nothing") + ", got status " + answer.statusCode()
            + " with " + answer.body().length + " bytes");
      }
    }
    keyUnderWay = "";
  }

  private static boolean matches(HttpResponse<byte[]> answer, boolean expectsObject, byte[] expected) {
    return expectsObject
        ? answer.statusCode() == 200 && Arrays.equals(answer.body(), expected)
        : answer.statusCode() == 404;
  }
}
