/// `hayloft cert`: an authority of one's own, certificates from it, and what a certificate says.
///
/// Belongs here: making certificates, writing them to files, showing them. Belongs elsewhere: reading PEM and speaking
/// TLS (`hayloft.common.tls`), which certificate a server shows (`server`).
@NullMarked
package hayloft.cli.cert;

import org.jspecify.annotations.NullMarked;
