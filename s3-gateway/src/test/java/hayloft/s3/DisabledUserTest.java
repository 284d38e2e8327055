package hayloft.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.filer.User;
import hayloft.s3.auth.TestSigner;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a disabled user signed, by each door: signed before or after, it is refused.
class DisabledUserTest {

  private static final String REGION = "eu-west-7";
  private static final String EDGE = "edge";
  private static final Map<String, String> NONE = Map.of();

  private final SignedStore store = new SignedStore(REGION);

  /// A way to send what somebody signed. Each is made first, and sent afterwards.
  private enum Door {
    HEADER_V4(store -> () -> store.signed("GET", "/barn/k", NONE, "")),
    URL_V4(store -> {
      String url = new TestSigner(REGION, TestSigner.NOW).presign("GET", "/barn/k", NONE, SignedStore.HOST, 60);
      return () -> store.send(SignedStore.request("GET", url, ""));
    }),
    STREAMING_V4(store -> () -> {
      FakeExchange head = SignedStore.request("PUT", "/barn/streamed", "");
      head.with("x-amz-decoded-content-length", "3").with("content-encoding", "aws-chunked");
      head.headers().remove("content-length"); // it depends on the signature
      var signer = new TestSigner(REGION, TestSigner.NOW);
      String seed = signer.signHeader("PUT", "/barn/streamed", NONE, head.headers(),
          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
      byte[] body = signer.chunked(List.of("hay".getBytes(UTF_8)), seed, NONE);
      FakeExchange exchange = new FakeExchange("PUT", "/barn/streamed", body);
      head.headers().forEach(header -> exchange.headers().set(header.getKey(), header.getValue()));
      return store.send(exchange);
    }),
    FORM_V4(store -> {
      String policy = policy();
      String day = "20130524";
      byte[] key = ("AWS4" + TestSigner.SECRET_KEY).getBytes(UTF_8);
      for (String part : List.of(day, REGION, "s3", "aws4_request")) {
        key = TestSigner.hmac("HmacSHA256", key, part);
      }
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("key", "posted");
      fields.put("policy", policy);
      fields.put("x-amz-algorithm", "AWS4-HMAC-SHA256");
      fields.put("x-amz-credential", TestSigner.ACCESS_KEY + "/" + day + "/" + REGION + "/s3/aws4_request");
      fields.put("x-amz-date", "20130524T000000Z");
      fields.put("x-amz-signature", HexFormat.of().formatHex(TestSigner.hmac("HmacSHA256", key, policy)));
      return () -> post(store, fields);
    }),
    HEADER_V2(store -> () -> {
      String date = "Fri, 24 May 2013 00:00:00 GMT";
      return store.send(SignedStore.request("GET", "/barn/k", "", "date", date, "authorization",
          "AWS " + TestSigner.ACCESS_KEY + ":" + sha1("GET\n\n\n" + date + "\n/barn/k")));
    }),
    URL_V2(store -> {
      long expires = TestSigner.NOW.getEpochSecond() + 60;
      String url = "/barn/k?AWSAccessKeyId=" + TestSigner.ACCESS_KEY + "&Expires=" + expires + "&Signature="
          + TestSigner.encode(sha1("GET\n\n\n" + expires + "\n/barn/k"));
      return () -> store.send(SignedStore.request("GET", url, ""));
    }),
    FORM_V2(store -> {
      String policy = policy();
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("key", "posted");
      fields.put("policy", policy);
      fields.put("AWSAccessKeyId", TestSigner.ACCESS_KEY);
      fields.put("signature", sha1(policy));
      return () -> post(store, fields);
    });

    /// Signs, and answers what sends it.
    @FunctionalInterface
    private interface Signing {
      Supplier<FakeExchange> sign(SignedStore store);
    }

    private final Signing signing;

    Door(Signing signing) {
      this.signing = signing;
    }

    Supplier<FakeExchange> sign(SignedStore store) {
      return signing.sign(store);
    }
  }

  private static String sha1(String text) {
    return Base64.getEncoder().encodeToString(TestSigner.hmac("HmacSHA1", TestSigner.SECRET_KEY.getBytes(UTF_8), text));
  }

  private static String policy() {
    return Base64.getEncoder().encodeToString("""
        {"expiration": "2013-05-24T01:00:00Z", "conditions": [{"bucket": "barn"}, ["starts-with", "$key", ""],
        ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""],
        ["starts-with", "$x-amz-date", ""]]}""".getBytes(StandardCharsets.UTF_8));
  }

  private static FakeExchange post(SignedStore store, Map<String, String> fields) {
    var form = new StringBuilder();
    fields.forEach((name, value) -> form.append("--" + EDGE + "\r\nContent-Disposition: form-data; name=\"")
        .append(name).append("\"\r\n\r\n").append(value).append("\r\n"));
    form.append("--" + EDGE + "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhay\r\n--" + EDGE
        + "--\r\n");
    return store.send(SignedStore.request("POST", "/barn", form.toString(), "content-type",
        "multipart/form-data; boundary=" + EDGE));
  }

  @BeforeEach
  void anObject() {
    assertEquals(200, store.signed("PUT", "/barn", NONE, "").status());
    assertEquals(200, store.signed("PUT", "/barn/k", NONE, "hay").status());
    assertEquals(200, store.signed("PUT", "/barn/open", NONE, "hay", "x-amz-acl", "public-read").status());
  }

  private void disable(boolean disabled) {
    store.catalog.putUser(SignedStore.OWNER.withDisabled(disabled));
  }

  @ParameterizedTest
  @EnumSource
  void whatADisabledUserSignedIsRefused(Door door) {
    Supplier<FakeExchange> before = door.sign(store);
    FakeExchange let = before.get();
    assertEquals(2, let.status() / 100, let::text);
    disable(true);
    for (Supplier<FakeExchange> signed : List.of(before, door.sign(store))) {
      FakeExchange refused = signed.get();
      assertEquals("403 InvalidAccessKeyId", refused.status() + " " + refused.element("Code"));
    }
    disable(false);
    assertEquals(2, door.sign(store).get().status() / 100);
  }

  @Test
  void thatTheOwnerIsDisabledOpensNothingAndClosesNothingElse() {
    disable(true);
    assertEquals(403, store.send(SignedStore.request("GET", "/barn", "")).status());
    assertEquals(403, store.send(SignedStore.request("GET", "/barn/k", "")).status());
    assertEquals(403, store.send(SignedStore.request("PUT", "/barn/k", "x")).status());
    assertEquals(403, store.send(SignedStore.request("DELETE", "/barn/k", "")).status());
    assertEquals(200, store.send(SignedStore.request("GET", "/barn/open", "")).status(), "public before, and still");
    // another user has no more rights than before
    store.catalog.putUser(new User("id-other", "Other", "OTHER", "s", false));
    store.catalog.putUser(new User("id-owner", "Owner", "RETIRED", "s", false).withDisabled(true));
    store.catalog.putUser(new User("id-stranger", "Stranger", TestSigner.ACCESS_KEY, TestSigner.SECRET_KEY, false));
    FakeExchange strangers = store.signed("GET", "/barn/k", NONE, "");
    assertEquals("403 AccessDenied", strangers.status() + " " + strangers.element("Code"));
  }
}
