package hayloft.common.placement;

/// How many further copies of a volume there are, as `xyz`: in other data centres, in other racks of the same data
/// centre, on other servers of the same rack.
public record ReplicaPlacement(int otherDataCentres, int otherRacks, int otherServers) {

  /// One copy.
  public static final ReplicaPlacement NONE = new ReplicaPlacement(0, 0, 0);

  public ReplicaPlacement {
    if (outside(otherDataCentres) || outside(otherRacks) || outside(otherServers)) {
      throw new IllegalArgumentException(
          "replication digits must be 0 to 9, got " + otherDataCentres + ", " + otherRacks
              + ", " + otherServers);
    }
  }

  private static boolean outside(int digit) {
    return digit < 0 || digit > 9;
  }

  /// @throws IllegalArgumentException if the text is not three digits
  public static ReplicaPlacement parse(String text) {
    if (text.length() != 3 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("replication must be three digits such as 000, got " + text);
    }
    return new ReplicaPlacement(text.charAt(0) - '0', text.charAt(1) - '0', text.charAt(2) - '0');
  }

  public int copies() {
    return 1 + otherDataCentres + otherRacks + otherServers;
  }

  @Override
  public String toString() {
    return "" + otherDataCentres + otherRacks + otherServers;
  }
}
