/// TLS: certificates and keys as they lie in files, and what gives connections their encryption.
///
/// Belongs here: reading PEM, who may talk which version, the certificate in force and its replacement. Belongs
/// elsewhere: where in a connection it stands (`http`), which files those are and when they are read again (`cli`),
/// making certificates (`cli`).
@NullMarked
package hayloft.common.tls;

import org.jspecify.annotations.NullMarked;
