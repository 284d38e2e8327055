/// `hayloft audit`: a client that writes, keeps a log of every acknowledgement, and proves afterwards that nothing
/// acknowledged was lost, whatever happened to the store in between.
///
/// Belongs here: the load, the log, the proof. Belongs elsewhere: speed (`bench`).
@NullMarked
package hayloft.cli.audit;

import org.jspecify.annotations.NullMarked;
