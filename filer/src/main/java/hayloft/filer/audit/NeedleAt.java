package hayloft.filer.audit;

import hayloft.common.FileId;

/// Which needle, without the cookie that readers have to know.
public record NeedleAt(int volume, long key) {

  public static NeedleAt of(FileId id) {
    return new NeedleAt(id.volume(), id.key());
  }

  @Override
  public String toString() {
    return volume + "," + Long.toHexString(key);
  }
}
