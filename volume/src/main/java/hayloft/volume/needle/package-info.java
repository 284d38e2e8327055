/// The needle: one record as bytes in a volume file, and the superblock before the first of them.
///
/// Belongs here: head, block sums and superblock codecs, the scanner that walks a volume file.
/// Belongs elsewhere: which volume a needle goes to (`master`), what its meta means (`filer`), every word of S3.
@NullMarked
package hayloft.volume.needle;

import org.jspecify.annotations.NullMarked;
