/// The operations that show and replace access control lists.
///
/// Belongs elsewhere: what a list says and who decides by it (`hayloft.s3.access`).
@NullMarked
package hayloft.s3.acl;

import org.jspecify.annotations.NullMarked;
