package hayloft.cli.client;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests in the header, [Signature Version
/// 4](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). Confined to one thread. Paths and
/// queries arrive in canonical form: encoded, parameters sorted.
public final class RequestSigner {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
      .withZone(ZoneOffset.UTC);
  private static final HexFormat HEX = HexFormat.of();
  /// The header that makes a request to an admin port unlike any other: 32 hex digits, taken once.
  public static final String NONCE = "x-hayloft-nonce";

  private static final String SIGNED_HEADERS = "host;x-amz-content-sha256;x-amz-date";
  private static final int NONCE_BYTES = 16;

  private final String accessKey;
  private final String secretKey;
  private final String host;
  private final String region;
  private final MessageDigest sha256;
  private final Mac mac;
  private String day = "";
  private long stampSecond = -1;
  private String stamp = "";

  /// @param host as the Host field of the requests has it
  public RequestSigner(String accessKey, String secretKey, String host, String region) {
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.host = host;
    this.region = region;
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
      this.mac = Mac.getInstance("HmacSHA256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static String sha256Hex(byte[] bytes) {
    return sha256Hex(bytes, bytes.length);
  }

  /// Of the first `length` bytes.
  public static String sha256Hex(byte[] bytes, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes, 0, length);
      return HEX.formatHex(digest.digest());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The head of a request as it goes over the wire, up to and including the empty line.
  public byte[] head(String method, String path, String query, String bodyHash, int bodyBytes) {
    String authorization = authorization(method, path, query, bodyHash, "");
    return bytes(method + ' ' + path + (query.isEmpty() ? "" : '?' + query) + " HTTP/1.1\r\nHost: " + host
        + "\r\nx-amz-date: " + stamp + "\r\nx-amz-content-sha256: " + bodyHash
        + "\r\nAuthorization: " + authorization
        + (bodyBytes > 0 || method.equals("PUT") ? "\r\nContent-Length: " + bodyBytes : "")
        + "\r\n\r\n");
  }

  /// The headers that sign a request, for a client that writes its head by itself.
  public Map<String, String> headers(String method, String path, String query, String bodyHash) {
    String authorization = authorization(method, path, query, bodyHash, "");
    return Map.of("x-amz-date", stamp, "x-amz-content-sha256", bodyHash, "Authorization", authorization);
  }

  /// The same for an admin port, which takes each request once.
  public Map<String, String> headersForOnce(String method, String path, String query, String bodyHash) {
    byte[] nonce = new byte[NONCE_BYTES];
    new SecureRandom().nextBytes(nonce);
    String text = HEX.formatHex(nonce);
    String authorization = authorization(method, path, query, bodyHash, text);
    return Map.of("x-amz-date", stamp, "x-amz-content-sha256", bodyHash, NONCE, text, "Authorization", authorization);
  }

  /// Takes the time too.
  ///
  /// @param nonce empty for none
  private String authorization(String method, String path, String query, String bodyHash, String nonce) {
    String signedHeaders = nonce.isEmpty() ? SIGNED_HEADERS : SIGNED_HEADERS + ';' + NONCE;
    takeTime(Instant.now());
    String scope = day + '/' + region + "/s3/aws4_request";
    String canonical = method + '\n' + path + '\n' + query + "\nhost:" + host + "\nx-amz-content-sha256:" + bodyHash
        + "\nx-amz-date:" + stamp + (nonce.isEmpty() ? "" : '\n' + NONCE + ':' + nonce) + "\n\n" + signedHeaders + '\n'
        + bodyHash;
    String toSign = "AWS4-HMAC-SHA256\n" + stamp + '\n' + scope + '\n' + HEX.formatHex(sha256.digest(bytes(canonical)));
    String signature = HEX.formatHex(mac.doFinal(bytes(toSign)));
    return "AWS4-HMAC-SHA256 Credential=" + accessKey + '/' + scope + ", SignedHeaders=" + signedHeaders
        + ", Signature=" + signature;
  }

  private void takeTime(Instant now) {
    if (now.getEpochSecond() == stampSecond) {
      return;
    }
    stampSecond = now.getEpochSecond();
    stamp = STAMP.format(now);
    String today = stamp.substring(0, 8);
    if (today.equals(day)) {
      return;
    }
    day = today;
    byte[] key = bytes("AWS4" + secretKey);
    for (String part : new String[]{day, region, "s3", "aws4_request"}) {
      setKey(key);
      key = mac.doFinal(bytes(part));
    }
    setKey(key);
  }

  private void setKey(byte[] key) {
    try {
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
