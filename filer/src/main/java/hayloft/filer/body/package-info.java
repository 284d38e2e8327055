/// Bodies of objects: cut into chunks on their way in, put together again on their way out.
///
/// Belongs here: writers and readers of bodies, trees of pieces. Belongs elsewhere: which mutation a body belongs to
/// (`objects`, `uploads`), how a needle becomes durable (`commit`).
@NullMarked
package hayloft.filer.body;

import org.jspecify.annotations.NullMarked;
