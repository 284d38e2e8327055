/// Multipart uploads: creating them, their parts, completing and aborting them, listing both.
///
/// Belongs here: the rules of completion, the mutations of uploads and parts. Belongs elsewhere: the version that a
/// completed upload becomes (`objects`), what an ended upload leaves (`gc`).
@NullMarked
package hayloft.filer.uploads;

import org.jspecify.annotations.NullMarked;
