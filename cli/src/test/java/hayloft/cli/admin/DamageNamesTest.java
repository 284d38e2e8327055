package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import hayloft.filer.audit.NeedleAt;
import hayloft.volume.scrub.Damage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class DamageNamesTest {

  private static final Damage DAMAGE = new Damage(7, 4, 100, 50, "a checksum is wrong", Instant.EPOCH);

  @Test
  void theThreadOutlivesWhateverALookThrows() throws InterruptedException {
    Iterator<Throwable> failures = List
        .of(new IllegalStateException("a bug"), new OutOfMemoryError("for a moment"), new IOException("a fault"))
        .iterator();
    var named = new CountDownLatch(1);
    DamageNames.Owners owners = _ -> {
      switch (failures.hasNext() ? failures.next() : null) {
        case IOException fault -> throw fault;
        case RuntimeException bug -> throw bug;
        case Error error -> throw error;
        case null, default -> named.countDown();
      }
      return Map.of();
    };
    try (var names = new DamageNames(owners, () -> List.of(DAMAGE), Duration.ofMillis(1))) {
      names.watch();
      assertTrue(named.await(25, TimeUnit.SECONDS), "no look came to its end");
    }
  }

  @Test
  void damageIsToldAlthoughNobodyCanSayWhoseItIs() {
    boolean[] fails = {true};
    DamageNames.Owners owners = _ -> {
      if (fails[0]) {
        throw new IOException("a row cannot be read");
      }
      return Map.of(new NeedleAt(7, 4), List.of("object barn/hay"));
    };
    try (var names = new DamageNames(owners, () -> List.of(DAMAGE), Duration.ofHours(1))) {
      assertEquals(List.of("not known whose: the catalog could not be searched"), described(names));
      fails[0] = false;
      assertEquals(List.of("object barn/hay"), described(names));
    }
  }

  private static List<String> described(DamageNames names) {
    ArrayNode into = JsonNodeFactory.instance.arrayNode();
    names.describe(List.of(DAMAGE), into);
    assertEquals(1, into.size());
    return into.path(0).path("objects").valueStream().map(JsonNode::asText).toList();
  }
}
