/// Measurements of what the HTTP stack keeps to itself: heads, which only its own package can read and write.
///
/// Belongs elsewhere: what can be measured from outside (`hayloft.jmh.http`).
@NullMarked
package hayloft.common.http;

import org.jspecify.annotations.NullMarked;
