/// The door between those who need bytes kept (filer, tools) and those who keep them (volume servers).
///
/// Belongs here: the interfaces, their records and faults. Belongs elsewhere: how the bytes lie on a disk (`volume`),
/// which volume is writable and why (`hayloft.common.placement`, `master`).
@NullMarked
package hayloft.common.volume;

import org.jspecify.annotations.NullMarked;
