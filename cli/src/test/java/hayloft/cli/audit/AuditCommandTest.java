package hayloft.cli.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;

/// An audit of a store that keeps its promises, and of one that does not.
final class AuditCommandTest {

  @TempDir
  Path temp;

  private Path log = Path.of("");
  private FakeStore store = newStore();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private static FakeStore newStore() {
    try {
      return new FakeStore();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @BeforeEach
  void name() {
    log = temp.resolve("acks.log");
  }

  @AfterEach
  void close() {
    store.close();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of("audit", "--log", log.toString(), "--endpoint", store.endpoint(),
        "--access-key", "me", "--seed", "42"));
    all.addAll(List.of(arguments));
    return Hayloft.commandLine(Map.of("HAYLOFT_SECRET_KEY", "secret"), Path.of("/nowhere"))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(all.toArray(String[]::new));
  }

  /// @param arguments in place of the usual ones, names and values in turn
  private int write(String... arguments) {
    Map<String, String> all = new TreeMap<>(
        Map.of("--clients", "4", "--keys", "5", "--count", "200", "--size-to", "2000",
            "--multiparts", "2"));
    for (int i = 0; i < arguments.length; i += 2) {
      all.put(arguments[i], arguments[i + 1]);
    }
    return run(all.entrySet().stream().flatMap(option -> Stream.of(option.getKey(), option.getValue()))
        .toArray(String[]::new));
  }

  private JsonNode certificate() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void aStoreThatKeepsItsPromisesGetsItsCertificate() throws IOException {
    assertEquals(0, write(), err.toString());
    assertEquals(0, run("--verify", "--json"), out + "" + err);
    JsonNode certificate = certificate();
    assertTrue(certificate.path("whole").asBoolean());
    JsonNode acknowledged = certificate.path("acknowledged");
    assertEquals(200, acknowledged.path("all").asLong());
    assertEquals(200, acknowledged.path("durability").path("fsync").asLong());
    assertTrue(acknowledged.path("multipart").asLong() > 0 && acknowledged.path("delete").asLong() > 0
        && acknowledged.path("overwrites").asLong() > 0, acknowledged.toString());
    assertEquals(store.objects.size(), certificate.path("present").path("objects").asLong());
    assertEquals(0, run("--verify"));
    assertTrue(out.toString().contains("WHOLE"), out.toString());
  }

  @Test
  void aStoreThatIsNotThereIsToldWithItsEndpoint() {
    String endpoint = store.endpoint();
    String said = "no store can be reached at " + endpoint + ". Start it, or name the URL that its ready line "
        + "says after s3= with --endpoint\n";
    assertEquals(0, write(), err.toString());
    store.close();
    assertEquals(1, run("--verify"));
    assertEquals("hayloft: the store could not be read: " + said, err.toString().replace(System.lineSeparator(), "\n"));
    log = temp.resolve("another.log");
    assertEquals(1, write());
    assertEquals("hayloft: " + said, err.toString().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void aRefusalIsToldWithoutWhatWasSigned() {
    store.bucketRefusal = "<Error><Code>SignatureDoesNotMatch</Code><Message>The &quot;secret&quot; differs.</Message>"
        + "<SignatureProvided>0123abcd</SignatureProvided></Error>";
    assertEquals(1, write());
    assertTrue(
        err.toString().matches("hayloft: the secret that was given with the access key me \\(from --access-key\\) is "
            + "not the one that http://127\\.0\\.0\\.1:\\d+ has for it: give both from the same place\\R"),
        err.toString());
    store.bucketRefusal = "";
    assertEquals(0, write(), err.toString());
    store.bucketRefusal = "<html>Forbidden</html>";
    assertEquals(1, run("--verify"));
    assertTrue(err.toString().endsWith("the bucket could not be listed: status 403" + System.lineSeparator()),
        err.toString());
  }

  @Test
  void aLostObjectIsFound() {
    write();
    String lost = store.objects.firstKey();
    store.objects.remove(lost);
    assertEquals(1, run("--verify"));
    assertTrue(out.toString().contains(lost + ": expected ") && out.toString().contains("found status 404"),
        out.toString());
    assertTrue(out.toString().contains("BROKEN"), out.toString());
  }

  @Test
  void aWrongByteIsFoundWithItsPlace() throws IOException {
    write("--size-from", "1000");
    byte[] body = store.objects.firstEntry().getValue();
    body[700] ^= 1;
    assertEquals(1, run("--verify", "--json"));
    assertTrue(certificate().path("losses").path(0).asText().contains("first different at byte 700"), out.toString());
  }

  @Test
  void anOlderContentIsALossThoughItWasWrittenOnce() {
    assertEquals(0, write("--count", "20", "--deletes", "0", "--multiparts", "0", "--clients", "1", "--keys", "1"));
    store.objects.replaceAll((key, body) -> Content.of(42, 0, 0, body.length));
    assertEquals(1, run("--verify"));
  }

  @Test
  void aDeletedObjectThatIsBackIsFound() {
    assertEquals(0, write("--deletes", "50", "--keys", "2"));
    String prefix = store.objects.firstKey().replaceAll("/.*", "");
    for (int client = 0; client < 4; client++) {
      for (int key = 0; key < 2; key++) {
        store.objects.putIfAbsent(prefix + "/c" + client + "/k" + key, new byte[]{1});
      }
    }
    assertEquals(1, run("--verify"));
    assertTrue(out.toString().contains("expected nothing; found 1 bytes"), out.toString());
  }

  @Test
  void anObjectThatNobodyWroteIsFound() {
    write();
    store.objects.put(store.objects.firstKey().replaceAll("/.*", "") + "/stranger", new byte[0]);
    assertEquals(1, run("--verify"));
    assertTrue(out.toString().contains("though nobody ever wrote it"), out.toString());
  }

  @Test
  void whatWasUnderWayMayBeThereOrNotButOnlyWhole() throws IOException {
    store.answersLeft.set(120);
    assertEquals(1, write("--deletes", "0", "--multiparts", "0"));
    assertTrue(out.toString().contains("the store stopped answering"), out.toString());
    store.answersLeft.set(Long.MAX_VALUE);
    assertEquals(0, run("--verify", "--json"), out.toString());
    assertTrue(certificate().path("open").path("done").asLong() > 0, "answers were lost after the work was done");
    String open = openKey();
    store.objects.put(open, new byte[]{1, 2, 3});
    assertEquals(1, run("--verify"), "a third content is neither the old nor the new one");
    assertTrue(out.toString().contains("which was under way"), out.toString());
  }

  private String openKey() throws IOException {
    return new Expectations(AckLog.read(log).entries()).keys().entrySet().stream()
        .filter(key -> key.getValue().open().isPresent()).findFirst().orElseThrow().getKey();
  }

  @Test
  void whatWasRefusedIsNotThere() throws IOException {
    store.refusal = 403;
    assertEquals(1, write("--count", "10"));
    store.refusal = 0;
    assertEquals(0, run("--verify", "--json"), out.toString());
    assertEquals(10, certificate().path("refused").asLong());
  }

  @Test
  void aServerErrorLeavesItOpen() {
    store.refusal = 500;
    assertEquals(0, write("--count", "10"));
    store.refusal = 0;
    assertEquals(0, run("--verify", "--json"), out.toString());
    assertTrue(out.toString().contains("\"notDone\" : 10"), out.toString());
  }

  @Test
  void theTornEndOfALogSaysNothing() throws IOException {
    write();
    Files.writeString(log, "0123", StandardOpenOption.APPEND);
    assertEquals(0, run("--verify"), out.toString());
    assertTrue(out.toString().contains("ends in the middle of a line"), out.toString());
  }

  @Test
  void aLogThatWasChangedProvesNothing() throws IOException {
    write();
    Files.writeString(log, Files.readString(log).replaceFirst(" put ", " pup "));
    assertEquals(1, run("--verify"));
    assertTrue(err.toString().contains("does not match its checksum: this log proves nothing"), err.toString());
  }

  @Test
  void anOldLogIsNotWrittenOver() {
    write();
    assertEquals(2, write());
    assertTrue(err.toString().contains("exists already"), err.toString());
  }

  @Test
  void aStoreThatIsAwayIsNoLossAndNoProof() {
    write();
    store.close();
    assertEquals(1, run("--verify"));
    assertTrue(err.toString().contains("the store could not be read"), err.toString());
    assertFalse(out.toString().contains("WHOLE"), out.toString());
  }

  @Test
  void contentsStayWhatTheyAre() {
    assertEquals("cb24c7", Content.sha256Hex(Content.of(1, 2, 3, 100_001)).substring(0, 6));
  }

  private void interruptAfter(int requests) {
    store.happens = () -> Signal.raise(new Signal("TERM"));
    store.happensAfter.set(requests);
  }

  @Test
  void anInterruptedAuditTellsWhatItHas() throws IOException {
    interruptAfter(50);
    assertEquals(1, write("--count", "1000000"));
    assertTrue(out.toString().contains(" without an answer; interrupted") && out.toString().contains("to verify: "),
        out.toString());
    assertTrue(err.toString().startsWith("hayloft: interrupted; what there is so far follows"), err.toString());
    assertEquals(0, run("--verify", "--json"), "the log is whole, and so is the store");
    assertTrue(certificate().path("complete").asBoolean() && certificate().path("log").path("endedByItself")
        .asBoolean(), out.toString());
  }

  @Test
  void anInterruptedAuditIsOneDocument() throws IOException {
    interruptAfter(50);
    assertEquals(1, run("--json", "--clients", "4", "--keys", "5", "--size-to", "2000", "--multiparts", "0"));
    JsonNode result = new ObjectMapper().readTree(out.toString());
    assertFalse(result.path("complete").asBoolean(true));
    assertEquals("interrupted", result.path("ended").asText());
    assertFalse(result.path("storeGone").asBoolean(true));
    assertTrue(result.path("acknowledged").asLong() >= 45, out.toString());
  }

  @Test
  void anAuditIsInterruptedThoughTheStoreAnswersNoMore() throws IOException {
    var hanging = new CountDownLatch(1);
    store.happens = () -> {
      Signal.raise(new Signal("TERM"));
      try {
        hanging.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    };
    store.happensAfter.set(50);
    assertEquals(1, write("--count", "1000000"));
    hanging.countDown();
    assertTrue(out.toString().contains(", 1 without an answer; interrupted"), out.toString());
    assertEquals(0, run("--verify"), out.toString());
  }

  @Test
  void anInterruptedVerificationProvesNothingAndSaysWhatItSaw() throws IOException {
    write();
    interruptAfter(6);
    assertEquals(1, run("--verify", "--json", "--clients", "2"));
    assertFalse(certificate().path("whole").asBoolean(true) || certificate().path("complete").asBoolean(true));
    assertEquals("interrupted", certificate().path("ended").asText());
    assertTrue(certificate().path("keysRead").asInt() >= 5
        && certificate().path("keysRead").asInt() < certificate().path("keys").asInt(), out.toString());
    interruptAfter(6);
    assertEquals(1, run("--verify", "--clients", "2"));
    assertTrue(out.toString().contains("verdict       NONE: nothing is lost of what was read"), out.toString());
  }

  @Test
  void aVerificationWhoseStoreGoesAwaySaysWhatItSaw() throws IOException {
    write();
    store.answersLeft.set(7); // the first shows that it is there
    assertEquals(1, run("--verify", "--json", "--clients", "2"));
    assertEquals("storeGone", certificate().path("ended").asText(), out.toString());
    assertEquals(6, certificate().path("keysRead").asInt(), out.toString());
    assertTrue(certificate().path("why").asText().contains(store.endpoint()), out.toString());
  }
}
