/// What every room shares: value types, the records that cross a process boundary, and the interfaces rooms meet at.
///
/// Belongs here: file ids, ranges, sequences, checksums, the HTTP stack, forms. Belongs elsewhere: anything that knows
/// a volume's bytes (`volume`), a catalog row (`filer`) or a word of S3 (`s3-gateway`).
///
/// Glossary, one sense per noun:
///
/// - a **needle** is one record of bytes in a volume: head, meta, data and their checksums;
/// - a **volume** is an append-only file of needles; it is *writable*, *sealed*, and *compacted* into a new
///   *generation*;
/// - a **file id** names a needle: volume, key, cookie; a **key** is unique in the whole store and never used again;
/// - an **object** is what an S3 client sees, a **version** is one state of it, a **row** is a version in the catalog;
/// - a **chunk** is a piece of a large object's bytes in a needle of its own;
/// - a **mutation** is one change of the store; it is one commit needle and, derived from that alone, some rows;
/// - a **sequence** orders mutations; its high bits are the **epoch** of the filer that issued it;
/// - a **dead mark** says that a needle may be dropped by the next compaction;
/// - a **lease** lets a filer append to a volume under a range of keys without asking the master again.
@NullMarked
package hayloft.common;

import org.jspecify.annotations.NullMarked;
