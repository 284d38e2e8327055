package hayloft.common.placement;

/// The right to append to one volume under keys `[firstKey, firstKey + keyCount)`, which nobody else is ever given.
public record VolumeLease(int volume, long firstKey, int keyCount) {

  public VolumeLease {
    if (volume <= 0 || firstKey <= 0 || keyCount <= 0) {
      throw new IllegalArgumentException("not a lease: volume " + volume + ", keys " + firstKey + " + " + keyCount);
    }
  }
}
