package hayloft.master.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.FileId;
import org.junit.jupiter.api.Test;

final class OutstandingIdsTest {

  private static FileId id(long key) {
    return new FileId(7, key, 99);
  }

  @Test
  void anIdIsThereFromItsAssignmentUntilItIsWritten() {
    var ids = new OutstandingIds();
    assertFalse(ids.holds(id(5)));
    ids.add(id(5), 1);
    assertTrue(ids.holds(id(5)));
    assertFalse(ids.holds(new FileId(8, 5, 99)), "of another volume");
    assertFalse(ids.holds(new FileId(7, 5, 98)), "with another cookie");
    ids.remove(id(5));
    assertFalse(ids.holds(id(5)));
    assertEquals(0, ids.size());
  }

  @Test
  void aCountGivesSoManyKeysAndNoMore() {
    var ids = new OutstandingIds();
    ids.add(id(10), 3);
    assertFalse(ids.holds(id(9)));
    assertFalse(ids.holds(id(13)));
    for (long key : new long[]{11, 10, 12}) {
      assertTrue(ids.holds(id(key)));
      ids.remove(id(key));
      ids.remove(id(key)); // twice changes nothing
      assertFalse(ids.holds(id(key)));
    }
    assertEquals(0, ids.size());
  }

  @Test
  void atTheBoundTheOldestAreForgotten() {
    var ids = new OutstandingIds(3, 100);
    for (long key = 1; key <= 4; key++) {
      ids.add(id(key), 1);
    }
    assertFalse(ids.holds(id(1)));
    assertTrue(ids.holds(id(2)) && ids.holds(id(4)));
    ids.add(id(100), 99);
    assertEquals(2, ids.size());
    assertTrue(ids.holds(id(4)) && ids.holds(id(198)));
    ids.add(id(1000), 200); // more than all may have: it is the only one
    assertEquals(1, ids.size());
  }
}
