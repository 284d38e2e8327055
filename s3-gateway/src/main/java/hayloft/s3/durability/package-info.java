/// The durability that a bucket has of its own: an extension of S3.
@NullMarked
package hayloft.s3.durability;

import org.jspecify.annotations.NullMarked;
