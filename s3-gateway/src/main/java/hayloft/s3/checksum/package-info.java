/// The additional checksums of S3: their names and values on the wire, and how the sums of parts become the sum of a
/// whole.
///
/// Belongs elsewhere: verifying the checksum of a body as it arrives (`hayloft.s3.body`).
@NullMarked
package hayloft.s3.checksum;

import org.jspecify.annotations.NullMarked;
