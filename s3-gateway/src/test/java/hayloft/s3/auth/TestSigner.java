package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs as AWS's documentation says, the slow and obvious way: the other opinion in tests.
public final class TestSigner {

  public static final String ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE";
  public static final String SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  public static final Instant NOW = Instant.parse("2013-05-24T00:00:00Z");

  private static final DateTimeFormatter BASIC = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
      .withZone(ZoneOffset.UTC);

  private final String region;
  private final Instant now;

  public TestSigner(String region, Instant now) {
    this.region = region;
    this.now = now;
  }

  String timestamp() {
    return BASIC.format(now);
  }

  String scope() {
    return timestamp().substring(0, 8) + "/" + region + "/s3/aws4_request";
  }

  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public static byte[] hmac(String algorithm, byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(key, algorithm));
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private String sign(String toSign) {
    byte[] key = ("AWS4" + SECRET_KEY).getBytes(UTF_8);
    for (String part : List.of(timestamp().substring(0, 8), region, "s3", "aws4_request")) {
      key = hmac("HmacSHA256", key, part);
    }
    return HexFormat.of().formatHex(hmac("HmacSHA256", key, toSign));
  }

  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
  }

  public static String encodePath(String path) {
    return encode(path).replace("%2F", "/");
  }

  public static String query(Map<String, String> parameters) {
    TreeMap<String, String> sorted = new TreeMap<>();
    parameters.forEach((name, value) -> sorted.put(encode(name), encode(value)));
    return sorted.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&"));
  }

  /// Adds x-amz-date, x-amz-content-sha256 and Authorization; returns the signature.
  public String signHeader(String method, String path, Map<String, String> query, HttpHeaders headers,
      String payloadHash) {
    headers.set("x-amz-date", timestamp());
    headers.set("x-amz-content-sha256", payloadHash);
    TreeMap<String, String> signed = new TreeMap<>();
    headers.forEach(h -> signed.merge(h.getKey().toLowerCase(Locale.ROOT),
        h.getValue().strip().replaceAll(" +", " "), (former, value) -> former + "," + value));
    String names = String.join(";", signed.keySet());
    String canonical = method + "\n" + encodePath(path) + "\n" + query(query) + "\n"
        + signed.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue() + "\n").collect(Collectors.joining())
        + "\n" + names + "\n" + payloadHash;
    String signature = sign("AWS4-HMAC-SHA256\n" + timestamp() + "\n" + scope() + "\n"
        + sha256(canonical.getBytes(ISO_8859_1)));
    headers.set("Authorization", "AWS4-HMAC-SHA256 Credential=" + ACCESS_KEY + "/" + scope() + ", SignedHeaders="
        + names + ", Signature=" + signature);
    return signature;
  }

  /// The target of a presigned URL.
  public String presign(String method, String path, Map<String, String> query, String host, long seconds) {
    TreeMap<String, String> all = new TreeMap<>(query);
    all.put("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    all.put("X-Amz-Credential", ACCESS_KEY + "/" + scope());
    all.put("X-Amz-Date", timestamp());
    all.put("X-Amz-Expires", Long.toString(seconds));
    all.put("X-Amz-SignedHeaders", "host");
    String canonical = method + "\n" + encodePath(path) + "\n" + query(all) + "\nhost:" + host
        + "\n\nhost\nUNSIGNED-PAYLOAD";
    String signature = sign("AWS4-HMAC-SHA256\n" + timestamp() + "\n" + scope() + "\n"
        + sha256(canonical.getBytes(ISO_8859_1)));
    return encodePath(path) + "?" + query(all) + "&X-Amz-Signature=" + signature;
  }

  /// The same with further parameters, encoded and in whatever order; names may be there twice.
  public String presignAll(String method, String path, String parameters, String host) {
    String signed = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + encode(ACCESS_KEY + "/" + scope())
        + "&X-Amz-Date=" + timestamp() + "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&" + parameters;
    String sorted = Stream.of(signed.split("&")).map(parameter -> parameter.replace("%61", "a")).sorted()
        .collect(Collectors.joining("&"));
    String canonical = method + "\n" + encodePath(path) + "\n" + sorted + "\nhost:" + host
        + "\n\nhost\nUNSIGNED-PAYLOAD";
    return encodePath(path) + "?" + signed + "&X-Amz-Signature=" + sign("AWS4-HMAC-SHA256\n" + timestamp() + "\n"
        + scope() + "\n" + sha256(canonical.getBytes(ISO_8859_1)));
  }

  /// A body in signed chunks, with signed trailer fields if there are any.
  public byte[] chunked(List<byte[]> chunks, String seed, Map<String, String> trailer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String previous = seed;
    for (int i = 0; i <= chunks.size(); i++) {
      byte[] chunk = i < chunks.size() ? chunks.get(i) : new byte[0];
      previous = sign("AWS4-HMAC-SHA256-PAYLOAD\n" + timestamp() + "\n" + scope() + "\n" + previous + "\n"
          + sha256(new byte[0]) + "\n" + sha256(chunk));
      out.writeBytes((Integer.toHexString(chunk.length) + ";chunk-signature=" + previous + "\r\n").getBytes(UTF_8));
      out.writeBytes(chunk);
      if (i < chunks.size()) {
        out.writeBytes("\r\n".getBytes(UTF_8));
      }
    }
    if (!trailer.isEmpty()) {
      String fields = trailer.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue() + "\n")
          .collect(Collectors.joining());
      String signature = sign("AWS4-HMAC-SHA256-TRAILER\n" + timestamp() + "\n" + scope() + "\n" + previous + "\n"
          + sha256(fields.getBytes(UTF_8)));
      out.writeBytes((fields.replace("\n", "\r\n") + "x-amz-trailer-signature:" + signature + "\r\n").getBytes(UTF_8));
    }
    out.writeBytes("\r\n".getBytes(UTF_8));
    return out.toByteArray();
  }
}
