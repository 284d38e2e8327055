package hayloft.volume.store;

import java.io.IOException;
import java.util.Arrays;

/// The keys that a volume's dead log names, as of the first question: for the few needles that the map knows nothing
/// of, be it that they are gone or that it lacks them. 8 bytes a mark. Confined to one thread.
final class MarkedKeys {
  private static final int FIRST_CAPACITY = 1024;

  private final VolumeIndex index;
  private long[] keys = {};
  private boolean read;

  MarkedKeys(VolumeIndex index) {
    this.index = index;
  }

  boolean contains(long key) throws IOException {
    if (!read) {
      read();
      read = true;
    }
    return Arrays.binarySearch(keys, key) >= 0;
  }

  private void read() throws IOException {
    long[][] found = {new long[FIRST_CAPACITY]};
    int[] count = {0};
    index.visitMarks(key -> {
      if (count[0] == found[0].length) {
        found[0] = Arrays.copyOf(found[0], 2 * count[0]);
      }
      found[0][count[0]++] = key;
    });
    keys = Arrays.copyOf(found[0], count[0]);
    Arrays.sort(keys);
  }
}
