/// What is kept of requests once they are over: figures, the access log, the log of slow ones, and what
/// those who watch a live server are shown.
///
/// Belongs here: what is counted for each operation, and what a line of a log says. Belongs elsewhere: how lines get to
/// a file without anybody waiting ([hayloft.common.log]), how figures get to who asks ([hayloft.common.metrics]).
///
/// All of it happens at the end of a request on its event loop, so it is a few additions; what costs more is done by
/// the threads of the logs.
@NullMarked
package hayloft.s3.record;

import org.jspecify.annotations.NullMarked;
