/// Volume files as they lie, for whoever looks at them and changes nothing: the tools.
///
/// Belongs here: opening one volume's files read-only, telling rot from the remains of a crash.
/// Belongs elsewhere: serving and repairing volumes (`store`), what a needle's meta means (`filer`), output for people
/// (`cli`).
@NullMarked
package hayloft.volume.inspect;

import org.jspecify.annotations.NullMarked;
