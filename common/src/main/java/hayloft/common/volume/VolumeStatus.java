package hayloft.common.volume;

import java.util.Optional;

/// One volume as its server reports it.
///
/// @param generation how often it was compacted
/// @param sizeBytes of the volume file up to its durable end
/// @param liveNeedles needles that are not marked dead
/// @param deadNeedles needles of this generation that are
/// @param deadBytes what compaction would give back
/// @param highestKey of any needle ever seen in it, 0 if none
/// @param unwritable why it takes no appends now; empty if it does
public record VolumeStatus(VolumeSpec spec, VolumeState state, int generation, long sizeBytes, long liveNeedles,
    long deadNeedles, long deadBytes, long highestKey, String directory,
    Optional<VolumeUnwritableException.Reason> unwritable) {}
