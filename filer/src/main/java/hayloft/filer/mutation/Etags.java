package hayloft.filer.mutation;

import java.util.HexFormat;

/// An ETag in a body: 16 raw bytes where it is an MD5 (with `-N` where the body tells N parts), text where it is not.
final class Etags {

  private static final int MD5_BYTES = 16;
  private static final HexFormat HEX = HexFormat.of();

  private Etags() {}

  static void write(FieldWriter out, String etag, int partCount) {
    String suffix = suffix(partCount);
    String hex = etag.endsWith(suffix) ? etag.substring(0, etag.length() - suffix.length()) : "";
    if (hex.length() == 2 * MD5_BYTES && isLowerHex(hex)) {
      out.bytes(BodyTags.ETAG_MD5, HEX.parseHex(hex));
    } else {
      out.text(BodyTags.ETAG_TEXT, etag);
    }
  }

  static String text(byte[] md5, int partCount) {
    return HEX.formatHex(md5) + suffix(partCount);
  }

  private static String suffix(int partCount) {
    return partCount == 0 ? "" : "-" + partCount;
  }

  private static boolean isLowerHex(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }
}
