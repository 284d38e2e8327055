package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class ArgumentsTest {

  private static Arguments of(String json) throws IOException {
    return new Arguments(new ObjectMapper().readTree(json));
  }

  private static void refused(String json, String said, Consumer<Arguments> read) throws IOException {
    Arguments arguments = of(json);
    AdminRefusal refusal = assertThrows(AdminRefusal.class, () -> read.accept(arguments));
    assertEquals(400, refusal.status());
    assertTrue(refusal.text().contains(said), refusal.text());
  }

  @Test
  void whatIsThereIsRead() throws IOException {
    Arguments arguments = of("{\"t\":\"x\",\"e\":\"\",\"f\":true,\"n\":7,\"s\":0.5,\"l\":[3,4]}");
    assertEquals("x", arguments.text("t"));
    assertEquals(Optional.empty(), arguments.optionalText("e"));
    assertTrue(arguments.flag("f"));
    assertEquals(7, arguments.number("n", 1, 0, 9));
    assertEquals(5, arguments.number("absent", 5, 0, 9));
    assertEquals(0.5, arguments.fraction("s", 0.1));
    assertEquals(List.of(3, 4), arguments.numbers("l"));
    arguments.requireAllKnown();
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    refused("{}", "t is missing", arguments -> arguments.text("t"));
    refused("{\"t\":5}", "t must be text, got 5", arguments -> arguments.text("t"));
    refused("{\"f\":\"yes\"}", "f must be true or false", arguments -> arguments.flag("f"));
    refused("{\"n\":10}", "n must be a whole number from 0 to 9, got 10", arguments -> arguments.number("n", 1, 0, 9));
    refused("{\"n\":1.5}", "n must be a whole number", arguments -> arguments.number("n", 1, 0, 9));
    refused("{\"s\":2}", "s must be a number from 0 to 1", arguments -> arguments.fraction("s", 0.1));
    refused("{\"l\":[0]}", "l must be numbers above 0, got 0", arguments -> arguments.numbers("l"));
    refused("{\"aply\":true}", "no such argument: aply", arguments -> {
      arguments.flag("apply");
      arguments.requireAllKnown();
    });
  }
}
