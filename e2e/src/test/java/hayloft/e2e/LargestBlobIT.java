package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A blob lies in memory until it is whole: with little memory there are small ones only, and the server says how
/// small. What it says it takes.
@Timeout(120)
class LargestBlobIT {

  private static final int MIB = 1 << 20;

  @TempDir
  Path temp;

  @Test
  void theLargestBlobThatIsToldGoesIn() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--open-file-ids", "--memory", "256MiB");
        HttpClient http = HttpClient.newHttpClient()) {
      URI blob = assign(server, http);
      HttpResponse<String> refused = http.send(HttpRequest.newBuilder(blob).expectContinue(true)
          .PUT(BodyPublishers.ofByteArray(new byte[64 * MIB])).build(), BodyHandlers.ofString());
      assertEquals(413, refused.statusCode(), refused.body());
      int most = Integer.parseInt(refused.body().replaceAll(".*at most (\\d+) bytes.*", "$1"));
      assertTrue(most > 20 * MIB, () -> most + " bytes");
      byte[] largest = new byte[most];
      new Random(1).nextBytes(largest);
      for (int times = 0; times < 2; times++) {
        HttpResponse<String> stored = http.send(HttpRequest.newBuilder(blob).PUT(BodyPublishers.ofByteArray(largest))
            .build(), BodyHandlers.ofString());
        assertEquals(201, stored.statusCode(), stored.body());
      }
      assertArrayEquals(largest,
          http.send(HttpRequest.newBuilder(blob).build(), BodyHandlers.ofByteArray()).body());
    }
  }

  /// There is room for one of them at a time. If each took some of it, none would ever be whole.
  @Test
  void twoLargeBlobsAtOnceWaitForEachOtherAndBothGoIn() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--open-file-ids", "--memory", "256MiB");
        HttpClient http = HttpClient.newHttpClient()) {
      BodyPublisher large = BodyPublishers.ofByteArray(new byte[20 * MIB]);
      for (int round = 0; round < 4; round++) {
        HttpRequest one = HttpRequest.newBuilder(assign(server, http)).PUT(large).build();
        HttpRequest other = HttpRequest.newBuilder(assign(server, http)).PUT(large).build();
        var begun = List.of(http.sendAsync(one, BodyHandlers.ofString()),
            http.sendAsync(other, BodyHandlers.ofString()));
        for (CompletableFuture<HttpResponse<String>> stored : begun) {
          assertEquals(201, stored.join().statusCode(), stored.join().body());
        }
      }
    }
  }

  private static URI assign(ServerProcess server, HttpClient http) throws IOException, InterruptedException {
    URI assigned = server.masterPort().resolve("/dir/assign");
    HttpResponse<String> answer = http.send(HttpRequest.newBuilder(assigned).build(), BodyHandlers.ofString());
    return server.volumePort().resolve("/" + new ObjectMapper().readTree(answer.body()).path("fid").asText());
  }
}
