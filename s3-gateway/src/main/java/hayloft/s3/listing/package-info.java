/// Listings of a bucket: ListObjects, ListObjectsV2, ListObjectVersions.
@NullMarked
package hayloft.s3.listing;

import org.jspecify.annotations.NullMarked;
