/// The volume server's port, for programs that keep file ids themselves.
///
/// Belongs here: paths, headers and the JSON names that users of this design know; the meta of a blob. Belongs
/// elsewhere: needles as bytes, which volume takes what (`master`), health (`hayloft.common.health`).
@NullMarked
package hayloft.volume.http;

import org.jspecify.annotations.NullMarked;
