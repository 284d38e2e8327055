/// Who may do what: access control lists, what they say, and the one place that decides by them.
///
/// Belongs here: grants and their texts, canned lists, the decision on a request. Belongs elsewhere: who sends a
/// request (`hayloft.s3.auth`), which need an operation has (`hayloft.s3`), the operations on lists (`hayloft.s3.acl`).
@NullMarked
package hayloft.s3.access;

import org.jspecify.annotations.NullMarked;
