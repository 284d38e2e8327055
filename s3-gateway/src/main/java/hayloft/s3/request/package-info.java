/// One request as every operation sees it: who asks, for which bucket and key, with which parameters and body; and the
/// reply.
///
/// Belongs here: addressing, percent-encoding, the query, conditional headers, the seams to authentication and payload
/// checks, the translation of faults. Belongs elsewhere: which operation a request is (`hayloft.s3.routing`) and what
/// it does.
@NullMarked
package hayloft.s3.request;

import org.jspecify.annotations.NullMarked;
