/// Reading every needle again within a period, to find what a disk has forgotten while it can still be mended from
/// elsewhere.
///
/// Belongs here: what is read when and how fast, what was found, and the file that remembers both. Belongs elsewhere:
/// how a needle is verified (`needle`), whose bytes they are (`filer`).
@NullMarked
package hayloft.volume.scrub;

import org.jspecify.annotations.NullMarked;
