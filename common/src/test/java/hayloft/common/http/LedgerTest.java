package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.http.Ledger.Kept;
import hayloft.common.memory.BufferMemory;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LedgerTest {

  private final HttpServerConfig config = new HttpServerConfig(10, 100, 10_000, 1_000_000, 25, 1 << 10, 1 << 10,
      1 << 10, HttpServerConfig.DEFAULTS.headerTimeout(), HttpServerConfig.DEFAULTS.bodyTimeout(),
      HttpServerConfig.DEFAULTS.idleTimeout());
  private final BufferedBytes buffers = new BufferedBytes(10_000, BufferMemory.AMPLE);
  private final Ledger ledger = new Ledger(config, buffers);
  private final List<Account> asked = new ArrayList<>();

  private Holding holding() {
    return new Holding(ledger, asked::add);
  }

  @ParameterizedTest
  @EnumSource(Kept.class)
  void strangersHaveAQuarterAndAUserMostOfTheRest(Kept kind) {
    long most = ledger.strangers().most(kind);
    Holding first = holding();
    Holding second = holding();
    assertTrue(first.tryTake(kind, most / 2));
    assertTrue(second.tryTake(kind, most - most / 2));
    assertFalse(second.tryTake(kind, 1));
    assertFalse(holding().tryTake(kind, 1));
    Holding known = holding();
    known.belongsTo("ann");
    assertTrue(known.tryTake(kind, 3 * most * 4 / 5));
    assertFalse(known.tryTake(kind, 1));
    first.add(kind, -1);
    assertTrue(holding().tryTake(kind, 1));
  }

  /// What came in fills no more than three quarters, or the bodies that it belongs to could not go on.
  @Test
  void theLastQuarterIsForWhatGoesOnWithWhatCame() throws StoreBusyException {
    Holding ann = holding();
    ann.belongsTo("ann");
    Holding hers = holding();
    hers.belongsTo("ann");
    ann.add(Kept.BUFFERS, 3_001);
    assertTrue(hers.isScarce());
    assertTrue(hers.hasRoomForInput());
    ann.add(Kept.BUFFERS, 1_499);
    assertFalse(hers.hasRoomForInput());
    hers.take(Claims.Kind.BUFFERS, 1_500);
    assertFalse(hers.tryTake(Kept.BUFFERS, 1));
  }

  @Test
  void usersTogetherHaveNoMoreThanThereIs() {
    Holding ann = holding();
    ann.belongsTo("ann");
    Holding bob = holding();
    bob.belongsTo("bob");
    assertTrue(ann.tryTake(Kept.BUFFERS, 6_000));
    assertFalse(bob.tryTake(Kept.BUFFERS, 4_001));
    assertTrue(bob.tryTake(Kept.BUFFERS, 4_000));
    assertEquals(10_000, buffers.get());
  }

  @Test
  void whatAStrangerHoldsGoesWithItToItsUser() {
    Holding holding = holding();
    assertTrue(holding.tryTake(Kept.HEAP, 1_000));
    holding.belongsTo("ann");
    assertEquals(0, ledger.strangers().held(Kept.HEAP));
    assertEquals(1_000, ledger.user("ann").held(Kept.HEAP));
    holding.belongsTo("bob");
    assertEquals(0, ledger.user("ann").held(Kept.HEAP));
    holding.add(Kept.HEAP, -1_000);
    assertEquals(0, ledger.user("bob").held(Kept.HEAP));
    assertEquals(0, ledger.heapBytes());
  }

  @Test
  void aUserWithTheStrangersNameIsAUser() {
    Holding holding = holding();
    holding.belongsTo("strangers");
    assertFalse(holding.account() == ledger.strangers());
  }

  @Test
  void whoeverFindsNoRoomAsksForItAndIsRefusedInTheEnd() throws StoreBusyException {
    Holding holding = holding();
    holding.take(Claims.Kind.BUFFERS, 2_500);
    Holding other = holding();
    assertThrows(StoreBusyException.class, () -> other.take(Claims.Kind.BUFFERS, 1));
    assertEquals(ledger.strangers(), asked.getFirst());
    assertEquals(0, other.held(Kept.BUFFERS));
    assertEquals(2_500, buffers.get());
  }

  @Test
  void roomThatIsMadeIsTaken() throws StoreBusyException {
    Holding holding = holding();
    holding.take(Claims.Kind.BUFFERS, 2_500);
    Holding other = new Holding(ledger, account -> holding.giveBack(Claims.Kind.BUFFERS, 2_500));
    other.take(Claims.Kind.BUFFERS, 2_000);
    assertEquals(2_000, buffers.get());
  }

  @Test
  void aClaimThatCannotGrowStaysAsItIs() throws StoreBusyException {
    Holding holding = holding();
    holding.belongsTo("ann");
    Claim claim = new Claim(holding, Claims.Kind.HEAP);
    claim.grow(1);
    long before = holding.held(Kept.HEAP);
    assertThrows(StoreBusyException.class, () -> claim.grow(900_000));
    assertEquals(before, holding.held(Kept.HEAP));
    claim.grow(100_000);
    assertTrue(holding.held(Kept.HEAP) >= 100_001);
    claim.close();
    assertEquals(0, ledger.heapBytes());
    claim.close();
    assertEquals(0, ledger.heapBytes());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverHappensTheSumsAreRight(long seed) {
    var random = new Random(seed);
    List<Holding> holdings = List.of(holding(), holding(), holding(), holding());
    for (int i = 0; i < 5_000; i++) {
      Holding one = holdings.get(random.nextInt(4));
      Kept kind = Kept.values()[random.nextInt(3)];
      long amount = random.nextInt(3_000);
      switch (random.nextInt(4)) {
        case 0 -> one.belongsTo("user" + random.nextInt(3));
        case 1 -> one.add(kind, -Math.min(one.held(kind), amount));
        default -> {
          boolean _ = one.tryTake(kind, amount);
        }
      }
      for (Kept each : Kept.values()) {
        long all = holdings.stream().mapToLong(holding -> holding.held(each)).sum();
        long accounts = ledger.strangers().held(each) + ledger.user("user0").held(each)
            + ledger.user("user1").held(each) + ledger.user("user2").held(each);
        assertEquals(all, accounts, "seed " + seed + " step " + i);
      }
      assertTrue(buffers.get() <= 10_000, "seed " + seed + " step " + i);
    }
    holdings.forEach(holding -> {
      for (Kept kind : Kept.values()) {
        holding.add(kind, -holding.held(kind));
      }
    });
    assertEquals(0, buffers.get());
    assertEquals(0, ledger.heapBytes());
  }
}
