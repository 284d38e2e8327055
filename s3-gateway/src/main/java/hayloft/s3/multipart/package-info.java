/// Uploads in parts, from CreateMultipartUpload to their completion, and their listings.
@NullMarked
package hayloft.s3.multipart;

import org.jspecify.annotations.NullMarked;
