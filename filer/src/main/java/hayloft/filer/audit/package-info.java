/// Comparing the catalog's rows with the needles that they follow from, and finding out whose a needle is. It only
/// reads.
///
/// Belongs here: what administrators look for. Belongs elsewhere: mending (a rebuild, `replay`), what may be marked
/// dead (`gc`), the bytes of needles (`volume`).
@NullMarked
package hayloft.filer.audit;

import org.jspecify.annotations.NullMarked;
