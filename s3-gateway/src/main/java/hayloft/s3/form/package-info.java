/// Uploads by browsers' forms: the fields and their file, the policy, PostObject.
///
/// Belongs elsewhere: the parts of a form (`hayloft.common.form`), the policy's signature (`hayloft.s3.auth`), who
/// may write to the bucket (`hayloft.s3.access`).
@NullMarked
package hayloft.s3.form;

import org.jspecify.annotations.NullMarked;
