/// Uploads by browsers' forms: the form as it streams in, its policy, PostObject.
///
/// Belongs elsewhere: the policy's signature (`hayloft.s3.auth`), who may write to the bucket (`hayloft.s3.access`).
@NullMarked
package hayloft.s3.form;

import org.jspecify.annotations.NullMarked;
