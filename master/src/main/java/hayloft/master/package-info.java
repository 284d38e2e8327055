/// The master: which volume lives where.
///
/// Belongs here: the master itself, which joins the parts below. In packages below: the state and its commands
/// (`state`), how they are kept (`log`), choices (`placement`), the port for people and programs (`http`).
/// Belongs elsewhere: bytes of volumes (`volume`), names (`filer`).
@NullMarked
package hayloft.master;

import org.jspecify.annotations.NullMarked;
