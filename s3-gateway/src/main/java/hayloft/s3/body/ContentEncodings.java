package hayloft.s3.body;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The `Content-Encoding` header of an upload.
public final class ContentEncodings {

  private static final String AWS_CHUNKED = "aws-chunked";

  private ContentEncodings() {}

  /// What is to be stored: `aws-chunked` is about the transfer only. Empty if nothing else was said; a value without it
  /// is kept as it is.
  public static Optional<String> withoutAwsChunked(String contentEncoding) {
    if (!contentEncoding.toLowerCase(Locale.ROOT).contains(AWS_CHUNKED)) {
      return contentEncoding.isBlank() ? Optional.empty() : Optional.of(contentEncoding);
    }
    List<String> kept = new ArrayList<>();
    for (String encoding : contentEncoding.split(",", -1)) {
      if (!encoding.isBlank() && !encoding.strip().equalsIgnoreCase(AWS_CHUNKED)) {
        kept.add(encoding.strip());
      }
    }
    return kept.isEmpty() ? Optional.empty() : Optional.of(String.join(",", kept));
  }
}
