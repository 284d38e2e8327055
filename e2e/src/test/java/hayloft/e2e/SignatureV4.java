package hayloft.e2e;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests as clients do, with
/// [Signature Version 4](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html).
/// Immutable.
public final class SignatureV4 {

  /// What a signature says of a body that it does not cover.
  public static final String UNSIGNED = "UNSIGNED-PAYLOAD";
  /// What it says of one whose chunks are signed each.
  public static final String STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
      .withZone(ZoneOffset.UTC);
  private static final HexFormat HEX = HexFormat.of();
  private static final String REGION = "us-east-1";

  private final String authority;
  private final String accessKey;
  private final String secretKey;

  /// @param authority host and port that are asked
  public SignatureV4(String authority, String accessKey, String secretKey) {
    this.authority = authority;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
  }

  /// A request's fields with its signature, and what signs the chunks of its body.
  ///
  /// @param fields in lower case, `host` and `authorization` too
  public record Signed(Map<String, String> fields, Chunks chunks) {}

  /// @param path as it is sent, percent-encoded
  /// @param query as it is sent, sorted
  /// @param headers more that are sent and signed
  /// @param payload the body's SHA-256 in hex, or what is said in its place
  public Signed sign(String method, String path, String query, Map<String, String> headers, String payload) {
    String stamp = STAMP.format(Instant.now());
    TreeMap<String, String> signed = new TreeMap<>();
    signed.put("host", authority);
    signed.put("x-amz-content-sha256", payload);
    signed.put("x-amz-date", stamp);
    headers.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), value));
    String names = String.join(";", signed.keySet());
    String signature = signature(stamp, method + "\n" + path + "\n" + query + "\n"
        + signed.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue().strip() + "\n")
            .collect(Collectors.joining())
        + "\n" + names + "\n" + payload);
    signed.put("authorization", "AWS4-HMAC-SHA256 Credential=" + accessKey + "/" + scope(stamp) + ", SignedHeaders="
        + names + ", Signature=" + signature);
    return new Signed(signed, new Chunks(stamp, signature));
  }

  /// A target that whoever has it may ask for, ten minutes long.
  ///
  /// @param query parameters as they are sent
  public String presigned(String method, String path, Map<String, String> query) {
    String stamp = STAMP.format(Instant.now());
    TreeMap<String, String> all = new TreeMap<>(query);
    all.put("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    all.put("X-Amz-Credential", encode(accessKey + "/" + scope(stamp)));
    all.put("X-Amz-Date", stamp);
    all.put("X-Amz-Expires", "600");
    all.put("X-Amz-SignedHeaders", "host");
    String canonical = all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining("&"));
    String signature = signature(stamp,
        method + "\n" + path + "\n" + canonical + "\nhost:" + authority + "\n\nhost\n" + UNSIGNED);
    return path + "?" + canonical + "&X-Amz-Signature=" + signature;
  }

  /// The fields that let a browser's form in.
  ///
  /// @param policy its JSON, base64; must ask for these fields
  public Map<String, String> form(String policy, String stamp) {
    return Map.of("policy", policy, "x-amz-algorithm", "AWS4-HMAC-SHA256", "x-amz-credential", credential(stamp),
        "x-amz-date", stamp, "x-amz-signature", HEX.formatHex(hmac(key(stamp), policy)));
  }

  /// This very moment, as signatures name it.
  public static String stamp() {
    return STAMP.format(Instant.now());
  }

  /// What `x-amz-credential` says.
  public String credential(String stamp) {
    return accessKey + "/" + scope(stamp);
  }

  private String signature(String stamp, String canonical) {
    String toSign = "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope(stamp) + "\n"
        + sha256(canonical.getBytes(StandardCharsets.UTF_8));
    return HEX.formatHex(hmac(key(stamp), toSign));
  }

  private static String scope(String stamp) {
    return stamp.substring(0, 8) + "/" + REGION + "/s3/aws4_request";
  }

  private byte[] key(String stamp) {
    byte[] key = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
    for (String part : new String[]{stamp.substring(0, 8), REGION, "s3", "aws4_request"}) {
      key = hmac(key, part);
    }
    return key;
  }

  /// The chunks of one body, in their order. Confined to one thread.
  public final class Chunks {

    private final String stamp;
    private String previous;

    private Chunks(String stamp, String seed) {
      this.stamp = stamp;
      this.previous = seed;
    }

    /// The line before a chunk; the last chunk is empty.
    public String head(byte[] chunk) {
      previous = HEX.formatHex(hmac(key(stamp), "AWS4-HMAC-SHA256-PAYLOAD\n" + stamp + "\n" + scope(stamp) + "\n"
          + previous + "\n" + sha256(new byte[0]) + "\n" + sha256(chunk)));
      return Integer.toHexString(chunk.length) + ";chunk-signature=" + previous + "\r\n";
    }
  }

  /// As paths and queries are signed: all but letters, digits and `-._~`.
  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
  }

  /// In hex.
  public static String sha256(byte[] bytes) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// HMAC-SHA256.
  public static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
