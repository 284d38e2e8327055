package hayloft.filer.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// Do rows sort as listings need them, and do their keys come apart again?
final class RowKeysTest {

  private static byte[] anyKey(Random random) {
    byte[] key = new byte[random.nextInt(5)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(2));
    }
    return key;
  }

  @RepeatedTest(200)
  void rowsSortByKeyThenNewestVersionThenFacet(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    byte[] a = anyKey(random);
    byte[] b = anyKey(random);
    byte[] rowA = RowKeys.facet(5, a, random.nextInt(3), Facet.TAGS, 9);
    byte[] rowB = RowKeys.facet(5, b, random.nextInt(3), Facet.VERSION, 7);
    int byKey = Arrays.compareUnsigned(a, b);
    if (byKey != 0) {
      assertEquals(Integer.signum(byKey), Integer.signum(Arrays.compareUnsigned(rowA, rowB)));
    }
    var row = new ObjectRow(rowA);
    assertArrayEquals(a, row.key());
    assertEquals(new String(a, StandardCharsets.UTF_8), row.keyText());
    assertEquals(rowA.length - RowKeys.facet(5, new byte[0], 1, Facet.TAGS, 9).length,
        row.escapedKeyBytes());
    assertTrue(row.escapedKeyBytes() >= a.length);
    assertEquals(5, row.bucketId());
    assertEquals(9, row.sequence());
    assertEquals(Facet.TAGS, row.facet());
    assertTrue(Arrays.compareUnsigned(rowA, row.afterKey()) < 0);
    assertEquals(byKey <= 0, Arrays.compareUnsigned(rowB, row.afterKey()) >= 0 || byKey == 0);
    assertArrayEquals(RowKeys.after(RowKeys.oneKey(RowKeys.OBJECTS, 5, a)), row.afterKey());
  }

  @Test
  void newestVersionsComeFirstAndErasureBeforeTags() {
    byte[] key = {1, 0, 2};
    byte[][] inOrder = {RowKeys.facet(1, key, 20, Facet.ERASED, 30), RowKeys.facet(1, key, 20, Facet.TAGS, 29),
        RowKeys.facet(1, key, 20, Facet.TAGS, 25), RowKeys.facet(1, key, 20, Facet.VERSION, 20),
        RowKeys.facet(1, key, 10, Facet.VERSION, 10)};
    for (int i = 1; i < inOrder.length; i++) {
      assertTrue(Arrays.compareUnsigned(inOrder[i - 1], inOrder[i]) < 0, "row " + i);
      assertTrue(RowKeys.startsWith(inOrder[i], RowKeys.oneKey(RowKeys.OBJECTS, 1, key)));
    }
  }

  @RepeatedTest(100)
  void whatIsAfterAPrefixIsAboveAllThatBeginWithIt(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    byte[] prefix = RowKeys.keysWithPrefix(RowKeys.OBJECTS, 1, anyKey(random));
    byte[] after = RowKeys.after(prefix);
    byte[] longer = Arrays.copyOf(prefix, prefix.length + 3);
    Arrays.fill(longer, prefix.length, longer.length, (byte) 0xFF);
    assertTrue(Arrays.compareUnsigned(longer, after) < 0);
    assertTrue(Arrays.compareUnsigned(prefix, after) < 0);
  }

  @Test
  void uploadsAndPartsComeApart() {
    byte[] key = {0, 'x'};
    assertArrayEquals(key, RowKeys.keyOfUpload(RowKeys.upload(3, key, 99)));
    assertEquals(99, RowKeys.lastLong(RowKeys.upload(3, key, 99)));
    assertEquals(10_000, RowKeys.numberOfPart(RowKeys.part(3, 10_000, 77)));
    assertEquals(77, RowKeys.lastSequence(RowKeys.part(3, 10_000, 77)));
  }
}
