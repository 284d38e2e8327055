/// `hayloft token`: permission to use file ids, for programs and people.
///
/// Belongs here: what an operator asks for. Belongs elsewhere: the token itself (`hayloft.common.token`).
@NullMarked
package hayloft.cli.token;

import org.jspecify.annotations.NullMarked;
