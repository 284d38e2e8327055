package hayloft.common.volume;

/// One data directory as its server reports it.
///
/// @param reserveBytes free space that new writes leave alone (`--min-free`)
/// @param writable whether there is room above the reserve for a new volume with some data
/// @param failures writes and syncs that failed on it since the start, other than for lack of space
public record DiskStatus(String directory, String diskType, long totalBytes, long freeBytes, long reserveBytes,
    boolean writable, long failures) {}
