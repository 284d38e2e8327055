/// Replay: making the catalog's rows from the volumes, from the last checkpoint or from nothing.
///
/// Belongs here: scanning volumes in parallel and putting what follows from their needles. Belongs elsewhere: which
/// rows follow (`rows`), the order of the steps at open (`hayloft.filer`).
@NullMarked
package hayloft.filer.replay;

import org.jspecify.annotations.NullMarked;
