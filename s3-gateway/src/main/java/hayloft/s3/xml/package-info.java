/// XML as S3 speaks it: a writer of answers straight into buffers, a bounded reader of request documents, timestamps.
///
/// Belongs elsewhere: what a document means; each operation knows its own.
@NullMarked
package hayloft.s3.xml;

import org.jspecify.annotations.NullMarked;
