/// Dead marks: which needles of a volume the next compaction may drop.
///
/// Belongs here: the log of marks. Belongs elsewhere: deciding what is dead (`filer`), dropping it (`compaction`).
@NullMarked
package hayloft.volume.dead;

import org.jspecify.annotations.NullMarked;
