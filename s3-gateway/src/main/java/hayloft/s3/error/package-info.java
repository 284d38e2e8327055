/// What the gateway answers when it does not do what was asked.
///
/// Belongs here: the errors with status, code, message and extra fields, and their XML document. Belongs elsewhere: how
/// a fault of another room becomes one of them (`hayloft.s3.request`).
@NullMarked
package hayloft.s3.error;

import org.jspecify.annotations.NullMarked;
