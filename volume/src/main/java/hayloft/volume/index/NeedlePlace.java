package hayloft.volume.index;

import hayloft.volume.needle.NeedleHead;

/// Where a needle lies, packed into 8 bytes: its offset in the high half, its record size in the low one, both in units
/// of 8 bytes. 4 bytes of such units reach 32 GiB. As a long it is never 0, since no needle lies at offset 0.
public final class NeedlePlace {
  private static final long LOW = 0xffff_ffffL;

  private NeedlePlace() {}

  public static long of(long offsetBytes, int recordBytes) {
    return offsetBytes / NeedleHead.ALIGNMENT << Integer.SIZE | recordBytes / NeedleHead.ALIGNMENT;
  }

  public static long offsetBytes(long place) {
    return (place >>> Integer.SIZE) * NeedleHead.ALIGNMENT;
  }

  public static int recordBytes(long place) {
    return (int) (place & LOW) * NeedleHead.ALIGNMENT;
  }

  public static long endBytes(long place) {
    return offsetBytes(place) + recordBytes(place);
  }
}
