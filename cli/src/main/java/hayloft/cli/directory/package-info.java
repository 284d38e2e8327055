/// `hayloft directory`: the data directories of a store that is stopped: which there are, and giving one up whose disk
/// is lost.
///
/// Belongs here: looking at markers and at what is on record of a directory, and the commands. Belongs elsewhere: what
/// a marker says and when a store may be opened (`hayloft.common.directory`), naming and giving up what lay in the
/// volumes (`volume.drop` of the running server).
@NullMarked
package hayloft.cli.directory;

import org.jspecify.annotations.NullMarked;
