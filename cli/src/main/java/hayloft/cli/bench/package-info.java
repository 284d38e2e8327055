/// `hayloft bench`: a load generator for any S3 endpoint, with latencies to p99.9 and the server's CPU time per
/// request.
///
/// Belongs here: the client side of a measurement. Belongs elsewhere: benchmarks of parts (`jmh`).
@NullMarked
package hayloft.cli.bench;

import org.jspecify.annotations.NullMarked;
