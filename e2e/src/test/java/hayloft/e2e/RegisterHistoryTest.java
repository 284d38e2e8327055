package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The checker must refuse what it exists to refuse.
class RegisterHistoryTest {

  @Test
  void aReadMayComeBeforeOrAfterAnOverlappingWrite() {
    var write = RegisterHistory.put(0, 10, "a");
    assertTrue(new RegisterHistory(List.of(write, RegisterHistory.get(5, 6, "a"))).isLinearizable());
    assertTrue(new RegisterHistory(List.of(write, RegisterHistory.get(5, 6, RegisterHistory.ABSENT))).isLinearizable());
  }

  @Test
  void aStaleReadIsRefused() {
    assertFalse(new RegisterHistory(List.of(RegisterHistory.put(0, 1, "a"), RegisterHistory.put(2, 3, "b"),
        RegisterHistory.get(4, 5, "a"))).isLinearizable());
  }

  @Test
  void valuesThatGoBackAreRefused() {
    assertFalse(new RegisterHistory(List.of(RegisterHistory.put(0, 10, "a"), RegisterHistory.get(1, 2, "a"),
        RegisterHistory.get(3, 4, RegisterHistory.ABSENT))).isLinearizable());
  }

  @Test
  void twoWinnersOfACreateAreRefused() {
    assertFalse(new RegisterHistory(List.of(RegisterHistory.create(0, 10, "a", 200),
        RegisterHistory.create(0, 10, "b", 200))).isLinearizable());
    assertTrue(new RegisterHistory(List.of(RegisterHistory.create(0, 10, "a", 200),
        RegisterHistory.create(0, 10, "b", 412))).isLinearizable());
  }
}
