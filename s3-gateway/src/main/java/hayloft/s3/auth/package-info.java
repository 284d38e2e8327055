/// Who sends a request: signatures in headers and in presigned queries, versions 4 and 2.
///
/// Belongs here: canonical requests, keys derived from secrets, clocks, and what is wrong with a signature. Belongs
/// elsewhere: what the signer may do (authorization), bytes of the body ([hayloft.s3.body] verifies them with what this
/// package hands out), the XML of an error.
@NullMarked
package hayloft.s3.auth;

import org.jspecify.annotations.NullMarked;
