/// The HTTP server that every role listens with: Netty below, exchanges with back-pressure above.
///
/// Belongs here: connections, limits, time-outs, bodies, TLS. Belongs elsewhere: what a path means.
///
/// Who waits where: the event loop parses and moves bytes and never waits. [HttpHandler#handle] runs on the event loop;
/// a handler that has to wait starts a virtual thread with [HttpExchange#fork] and reads and writes bodies there.
@NullMarked
package hayloft.common.http;

import org.jspecify.annotations.NullMarked;
