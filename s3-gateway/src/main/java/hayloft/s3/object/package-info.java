/// Operations on single objects, and the headers that describe one.
///
/// Belongs elsewhere: uploads in parts (`hayloft.s3.multipart`), listings, tags.
@NullMarked
package hayloft.s3.object;

import org.jspecify.annotations.NullMarked;
