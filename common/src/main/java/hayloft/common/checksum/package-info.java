/// Checksums and digests over network buffers.
///
/// Belongs here: the algorithms that the JDK lacks (CRC-64/NVME, CRCs of concatenations) and the way from a `ByteBuf`
/// to those that it or a library (xxHash) has. Belongs elsewhere: which checksum an object needs and how it is printed
/// (`s3-gateway`).
@NullMarked
package hayloft.common.checksum;

import org.jspecify.annotations.NullMarked;
