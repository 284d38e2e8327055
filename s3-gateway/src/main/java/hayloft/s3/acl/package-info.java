/// Access control lists, as far as they can say anything yet: the owner has full control, nobody else has any.
@NullMarked
package hayloft.s3.acl;

import org.jspecify.annotations.NullMarked;
