package hayloft.common.volume;

/// How far the dead marks of a volume's needles have come. Immutable.
///
/// @param generation of the volume file
/// @param goneSequence this generation was made without the needles that marks up to here name: they are in no file any
///   more
/// @param completeSequence every mark up to here is known to the volume; later ones have to be told
///   ([VolumeClient#markDead]). Never below
/// `goneSequence`
/// @param legacy the volume has marks of a level 1 store, which no needle of the catalog says
///   ([VolumeClient#legacyMarks])
public record VolumeMarks(int volume, int generation, long goneSequence, long completeSequence, boolean legacy) {}
