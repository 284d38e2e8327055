package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.placement.RestartNeededException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class AdminRefusalTest {

  @Test
  void anOutageIsNoFaultOfTheServersOwn() {
    AdminRefusal outage = AdminRefusal.of(new RestartNeededException("the catalog stopped", new IOException()));
    assertEquals("503 Unavailable the catalog stopped", outage.status() + " " + outage.code() + " " + outage.text());
    AdminRefusal fault = AdminRefusal.of(new IOException("7.dat: Input/output error"));
    assertEquals("500 Failed 7.dat: Input/output error", fault.status() + " " + fault.code() + " " + fault.text());
  }
}
