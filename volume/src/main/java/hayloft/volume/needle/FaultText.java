package hayloft.volume.needle;

import hayloft.common.directory.NamedFault;
import java.io.IOException;

/// How faults of needles are worded, whoever meets them: by where the needle begins, as the catalog and every command
/// name it, and by where in the file the fault is if that is another place. Stateless.
final class FaultText {

  private FaultText() {}

  static String place(String file, long needleAt) {
    return file + " at " + needleAt;
  }

  static String meta(String file, long needleAt, long key, int expected, int found) {
    return mismatch(file, needleAt, "meta checksum", key, expected, found);
  }

  static String block(String file, long needleAt, long key, int block, long blockAt, int expected, int found) {
    return mismatch(file, needleAt, "checksum of block " + block + " (at " + blockAt + ")", key, expected, found);
  }

  private static String mismatch(String file, long needleAt, String what, long key, int expected, int found) {
    return place(file, needleAt) + ": " + what + " of needle 0x" + Long.toHexString(key) + " expected 0x"
        + Integer.toHexString(expected) + ", found 0x" + Integer.toHexString(found);
  }

  static String unreadable(String file, long needleAt, long at, IOException fault) {
    return place(file, needleAt) + ": cannot be read" + (at == needleAt ? "" : " at " + at) + ": "
        + NamedFault.reason(fault);
  }

  static String tooShort(String file, long needleAt, long at, int wantedBytes, int foundBytes) {
    return place(file, needleAt) + ": " + wantedBytes + " bytes expected" + (at == needleAt ? "" : " at " + at)
        + ", the file ends after " + foundBytes;
  }
}
