/// The versioning state of a bucket.
@NullMarked
package hayloft.s3.versioning;

import org.jspecify.annotations.NullMarked;
