package hayloft.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgressWatchTest {

  private static String text(String job, Duration since) throws IOException {
    return ProgressWatch.text(new ObjectMapper().readTree(job), since);
  }

  @Test
  void whatIsKnownInAllHasABarAndAnEnd() throws IOException {
    assertEquals("[##########--------------------]  33 %  1.0 GB of 3.0 GB  volume 7  1:20 left",
        text("{\"done\":1000000000,\"total\":3000000000,\"unit\":\"bytes\",\"doing\":\"volume 7\"}",
            Duration.ofSeconds(40)));
    assertEquals("[------------------------------]   0 %  0 rows of 5 rows",
        text("{\"done\":0,\"total\":5,\"unit\":\"rows\",\"doing\":\"\"}", Duration.ofSeconds(40)));
  }

  @Test
  void whatIsNotHasOnlyItsCount() throws IOException {
    assertEquals("12,345 objects  barn/x",
        text("{\"done\":12345,\"total\":0,\"unit\":\"objects\",\"doing\":\"barn/x\"}", Duration.ofSeconds(40)));
  }

  @Test
  void aLineOfTheJobWipesTheBarFirst() throws IOException {
    var screen = new StringWriter();
    var watch = new ProgressWatch(new PrintWriter(screen), true);
    watch.progress(new ObjectMapper().readTree("{\"done\":3,\"total\":0,\"unit\":\"x\"}"));
    watch.line("said");
    watch.ended();
    assertEquals("\r3 x\r   \rsaid\n", screen.toString());
  }
}
