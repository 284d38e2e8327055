/// Compaction: a volume's live needles, copied to a new file.
///
/// Belongs here: what is copied, how it is verified, how fast. Belongs elsewhere: the switch to the new file and what
/// readers and the writer do meanwhile (`store`), deciding what is dead (`filer`).
@NullMarked
package hayloft.volume.compaction;

import org.jspecify.annotations.NullMarked;
