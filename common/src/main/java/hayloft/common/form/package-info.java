/// Forms as clients upload files with them: `multipart/form-data`, part by part, as it comes.
///
/// Belongs here: boundaries, heads of parts, names of files as clients escape them. Belongs elsewhere: which field
/// means what, how large a field or a file may be, what a client is told (`s3-gateway`, `volume`).
@NullMarked
package hayloft.common.form;

import org.jspecify.annotations.NullMarked;
