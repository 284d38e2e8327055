/// Tags of objects and buckets, in headers and documents.
@NullMarked
package hayloft.s3.tagging;

import org.jspecify.annotations.NullMarked;
