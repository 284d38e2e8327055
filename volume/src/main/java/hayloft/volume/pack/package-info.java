/// Packs: the files of many sparse, sealed volumes in one, so that files and descriptors follow what lives and not what
/// was ever written.
///
/// Belongs here: the format of a pack, and the disk that shows what is packed as if it lay in the folder. Belongs
/// elsewhere: which volumes are packed and when (`store`), what their files mean.
@NullMarked
package hayloft.volume.pack;

import org.jspecify.annotations.NullMarked;
