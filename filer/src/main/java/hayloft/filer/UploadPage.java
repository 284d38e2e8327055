package hayloft.filer;

import java.util.List;
import java.util.Optional;

/// Uploads in key order, oldest first within a key.
///
/// @param next key and upload id to continue after; empty at the end
public record UploadPage(List<ListedUpload> uploads, List<String> commonPrefixes, Optional<Next> next) {
  public record Next(String key, String uploadId) {}
}
