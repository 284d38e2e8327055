/// Which of all S3 operations a request is.
///
/// Belongs here: the table of every operation that S3 has, and the router. Belongs elsewhere: what an operation does.
@NullMarked
package hayloft.s3.routing;

import org.jspecify.annotations.NullMarked;
