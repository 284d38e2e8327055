package hayloft.filer.gc;

/// How much one pass may still read and hold; shared by its jobs, which stop where it is spent and go on there in the
/// next pass. Bounds memory and the time until others have their turn, whatever a key, an upload or a bucket holds.
/// Confined to one thread.
final class Budget {

  private static final int ROWS = 16_384;
  private static final int MARKS = 16_384;
  private static final long BYTES = 4 << 20;

  private int rows;
  private int marks;
  private long bytes;

  Budget(int rows, int marks, long bytes) {
    this.rows = rows;
    this.marks = marks;
    this.bytes = bytes;
  }

  static Budget ofAPass() {
    return new Budget(ROWS, MARKS, BYTES);
  }

  void spendRow(long sizeBytes) {
    rows--;
    bytes -= sizeBytes;
  }

  void spendMark() {
    marks--;
  }

  boolean isSpent() {
    return rows <= 0 || marks <= 0 || bytes <= 0;
  }
}
