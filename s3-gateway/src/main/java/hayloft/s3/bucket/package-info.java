/// Operations on buckets themselves: create, delete, find, list, locate.
///
/// Belongs elsewhere: their settings, which have packages of their own, and listings of what they hold.
@NullMarked
package hayloft.s3.bucket;

import org.jspecify.annotations.NullMarked;
