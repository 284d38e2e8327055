package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.logging.LogFormat;
import hayloft.cli.logging.LogLevel;
import hayloft.cli.logging.Logging;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class LogCommandsTest {

  private final Logger ofCatalog = Logger.getLogger("hayloft.filer.gc.ATest");

  @BeforeEach
  @AfterEach
  void nothingIsSet() {
    Logging.apply(LogFormat.TEXT, List.of());
  }

  private static JsonNode run(String name, String arguments) throws IOException {
    AdminCommand command = new LogCommands().commands().stream().filter(one -> one.name().equals(name)).findFirst()
        .orElseThrow();
    var call = new AdminCall(new Caller("root", ""), new Arguments(new ObjectMapper().readTree(arguments)), "1");
    return ((AdminCommand.Work.Now) command.work()).answer(call);
  }

  private static String shown() throws IOException {
    return run("log.level", "{}").path("loggers").valueStream()
        .map(one -> one.path("logger").asText() + "=" + one.path("level").asText()
            + (one.path("configured").asBoolean() ? "" : "!"))
        .toList().toString();
  }

  @Test
  void aRoomIsHeardAndNothingElse() throws IOException {
    assertEquals("[hayloft=info]", shown());
    run("log.level.set", "{\"logger\":\"filer\",\"level\":\"debug\"}");
    assertEquals("[hayloft=info, hayloft.filer=debug!]", shown());
    assertTrue(ofCatalog.isLoggable(Level.FINE));
    assertFalse(Logger.getLogger("hayloft.volume").isLoggable(Level.FINE));
    assertEquals("debug", run("log.level", "{\"logger\":\"hayloft.filer.gc\"}").path("loggers").path(0).path("level")
        .asText());
    assertEquals("info", run("log.level", "{\"logger\":\"s3\"}").path("loggers").path(0).path("level").asText());
    run("log.level.set", "{\"level\":\"warn\"}");
    assertEquals("[hayloft=warning!, hayloft.filer=debug!]", shown());
    assertFalse(Logger.getLogger("hayloft.volume").isLoggable(Level.INFO));
    run("log.level.set", "{\"logger\":\"filer\",\"level\":\"configured\"}");
    assertEquals("[hayloft=warning!]", shown());
    assertFalse(ofCatalog.isLoggable(Level.INFO));
  }

  @Test
  void theConfigurationReadAgainWins() throws IOException {
    run("log.level.set", "{\"level\":\"debug\"}");
    Logging.apply(LogFormat.TEXT, List.of(new LogLevel("hayloft.volume", Level.WARNING)));
    assertEquals("[hayloft=info, hayloft.volume=warning]", shown());
  }

  @Test
  void itFallsBackAfterItsTimeAndSaysSo() throws Exception {
    var back = new CountDownLatch(1);
    Handler listening = new Handler() {
      @Override
      public void publish(LogRecord event) {
        if (event.getMessage().startsWith("log.levelBack logger=hayloft.filer from=debug")) {
          back.countDown();
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    Logger ours = Logger.getLogger("hayloft");
    ours.addHandler(listening);
    try {
      Logging.set(new LogLevel("hayloft.filer", Level.FINE), Optional.of(Duration.ofMillis(20)));
      back.await();
    } finally {
      ours.removeHandler(listening);
    }
    assertEquals("[hayloft=info]", shown());
  }

  @Test
  void aLaterLevelIsNotEndedByAnEarlierTime() throws IOException {
    run("log.level.set", "{\"logger\":\"filer\",\"level\":\"debug\",\"forSeconds\":3600}");
    assertTrue(run("log.level", "{}").path("loggers").path(1).path("until").isTextual());
    run("log.level.set", "{\"logger\":\"filer\",\"level\":\"trace\"}");
    assertTrue(run("log.level", "{}").path("loggers").path(1).path("until").isNull());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"{'level':'loud'}|level must be error",
      "{'logger':'filler','level':'debug'}|no logger filler", "{'logger':'filer'}|level is missing",
      "{'level':'debug','forSeconds':0}|-for must be",
      "{'level':'debug','forSeconds':9999999}|-for must be",
      "{'level':'configured','forSeconds':5}|for goes with a level", "{'level':'debug','room':'s3'}|no such argument"},
      quoteCharacter = '~')
  void whatMeansNothingIsRefused(String arguments, String why) throws IOException {
    AdminRefusal refusal = assertThrows(AdminRefusal.class,
        () -> run("log.level.set", arguments.replace('\'', '"')));
    assertTrue(refusal.text().contains(why), refusal.text());
    assertEquals(400, refusal.status());
    assertEquals("[hayloft=info]", shown());
  }
}
