/// Measurements of volumes: the needle index and group commit. Each class is a program of its own.
///
/// Belongs here: what `docs/performance.md` says of volumes. Belongs elsewhere: tests.
@NullMarked
package hayloft.jmh.volume;

import org.jspecify.annotations.NullMarked;
