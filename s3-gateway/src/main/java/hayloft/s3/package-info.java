/// The S3 gateway: signatures, XML, one class per operation.
///
/// Belongs here: what the S3 protocol says. Belongs elsewhere: what a bucket holds (`filer`), HTTP itself
/// (`hayloft.common.http`), needles.
@NullMarked
package hayloft.s3;

import org.jspecify.annotations.NullMarked;
