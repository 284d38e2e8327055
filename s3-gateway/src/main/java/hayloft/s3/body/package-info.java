/// The bytes of an upload: aws-chunked framing taken off, signatures and checksums verified, ETag computed, in one
/// pass.
///
/// Belongs here: what a body's own bytes say. Belongs elsewhere: the request's signature ([hayloft.s3.auth]), HTTP's
/// own chunks (`hayloft.common.http`), where the bytes go (`filer`).
@NullMarked
package hayloft.s3.body;

import org.jspecify.annotations.NullMarked;
