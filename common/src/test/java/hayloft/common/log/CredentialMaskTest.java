package hayloft.common.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialMaskTest {

  @ParameterizedTest
  @ValueSource(strings = {"/b/k?X-Amz-Signature=s3cr3t", "/b/k?a=1&x-amz-signature=s3cr3t&b=2",
      "/b/k?X-Amz-Signature=first&X-Amz-Signature=s3cr3t", "/b/k?%58-Amz-Signature=s3cr3t",
      "/b/k?X%2dAmz%2DSignature=s3cr3t", "/b/k?%2558-Amz-Signature=s3cr3t", "/b/k?X-Amz-Signature%3Ds3cr3t",
      "/b/k?X-Amz-Signature%253ds3cr3t", "/b/k?to=https%3A%2F%2Fx%2Fk%3FX-Amz-Signature%3Ds3cr3t%26b%3D2",
      "/b/k?AWSAccessKeyId=AK&Signature=s3cr3t%3D", "/b/k?%53ignature=s3cr3t", "/b/k?SIGNATURE=s3cr3t",
      "/b/k?X-Amz-Security-Token=s3cr3t", "/7,01?jwt=s3cr3t.s3cr3t", "/7,01?JWT=s3cr3t", "/7,01?%6awt=s3cr3t",
      "/b/k?Authorization=AWS%20AK:s3cr3t", "Authorization: AWS AK:s3cr3t", "authorization=\"Bearer s3cr3t\"",
      "AUTHORIZATION: AWS4-HMAC-SHA256 Credential=AK/x, SignedHeaders=host, Signature=s3cr3t",
      "cannot read AWS4-HMAC-SHA256 Credential=AK/x, SignedHeaders=host, Signature=s3cr3t", "cannot read AWS AK:s3cr3t",
      "{\"Authorization\":\"Basic s3cr3t\"}", "what is bearer s3cr3t?", "x-amz-security-token: s3cr3t",
      "x-amz-server-side-encryption-customer-key: s3cr3t", "GET /b?x=X-Amz-Signature=s3cr3t",
      "name=\"signature\" : 's3cr3t'", ";Signature=s3cr3t;",
      "a?X-Amz-Signature=s3cr3t", "a;X-Amz-Signature=s3cr3t", "a&X-Amz-Signature=s3cr3t",
      "/b/a%3FX-Amz-Signature=s3cr3t", "/b/a%3BX-Amz-Signature=s3cr3t", "/b/a%26X-Amz-Signature=s3cr3t",
      "/b/a%FX-Amz-Signature=s3cr3t", "/b/k?X-Amz-Signature%20=s3cr3t", "/b/k?X-Amz-Signature+=s3cr3t",
      "/b/k?X-Amz-Signature%2520%09=s3cr3t", "/b/k?X-Amz-Signature%00=s3cr3t", "/b/k?X-Amz-Signature[]=s3cr3t",
      "/b/k?X-Amz-Signature[0][a]=s3cr3t", "/b/k?X-Amz-Signature[a=b]=s3cr3t", "/b/k?X-Amz-Signature%5B%5D=s3cr3t",
      "/b/k?X-Amz-Signature%5B1%5D%3Ds3cr3t",
      "/b/k?Signature%20[a]%20=s3cr3t", "/b/k?Signature.=s3cr3t", "/b/k?X-Amz-Signature==s3cr3t",
      "h?X-Amz-Signature=s3cr3t", "{\\\"Signature\\\": \\\"s3cr3t\\\"}", "AWS%20AK%3As3cr3t", "x=aws+AK:s3cr3t",
      "AWS a/b.c:s3cr3t", "curl Authorization: AWS4-HMAC-SHA256 Credential=AK/x, Signature=s3cr3t",
      "AWS_SECRET_ACCESS_KEY=s3cr3t", "aws_secret_access_key = s3cr3t", "aws_session_token=s3cr3t",
      "/b/k?sessionToken=s3cr3t", "HAYLOFT_ROOT_PASSWORD=s3cr3t", "HAYLOFT_VOLUME_SECRET=s3cr3t x",
      "HAYLOFT_METRICS_TOKEN: s3cr3t", "{'secret_key': 's3cr3t'}", "/b/k?x-amz-s3session-token=s3cr3t",
      "x-amz-s3session-token: s3cr3t", "/b/k?access_token=s3cr3t", "10000;chunk-signature=s3cr3t",
      "x-amz-trailer-signature:s3cr3t", "/b/k?aws%5Fsecret%5Faccess%5Fkey=s3cr3t", "/b/k?client-secret%3Ds3cr3t%26b",
      "https://user:s3cr3t@host/", "Mozilla (+https://user:s3cr3t@host)", "https://:s3cr3t@host",
      "https://user:s3%2Fcr3t:s3cr3t@s3cr3t@host/b?c=d", "/b/k?to=https%3A%2F%2Fuser%3As3cr3t%40host%2Fb",
      "/b/k?to=https%253A%252F%252Fuser%253As3cr3t%2540host%252Fb", "/b/k?to=https://user:s3cr3t%40host"})
  void noCredentialIsLeft(String text) {
    assertFalse(CredentialMask.over(text).contains("s3cr3t"), CredentialMask.over(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/b/k", "/b/k?X-Amz-Credential=AK%2F20260101&X-Amz-SignedHeaders=host&X-Amz-Date=1",
      "/b/k?Signature=&a=b", "/b/signature", "7.dat at 64: meta checksum expected 1, found 2",
      "http://127.0.0.1:8333/b/k", "%", "a=%", "%3", "=", ":", "====", "%3D%3D", "/b/k?continuation-token=abc",
      "Signatures=3", "signature/x=1", "a]=1", "[]=1", "AWS=1", "AWS :", "/b/k?a%20=1",
      "/b/k?secretary=1", "/b/k?passwords=1&tokens=2&secret-access-keys=3", "ecret=1", "---=1", "_-9=1", "@ret=1",
      "http://host:8333/b/k@x", "http://host:8333?x@y", "http://user@host:8333/", "http://[::1]:8333/", "http://u:@h",
      "/b//k:v@w", "to=http%3A%2F%2Fhost%3A8333%2Fa%40b", "a@b:c@d", "http://", ":/", ":/:@", "://", "://:",
      "%3A%2F:@"})
  void everythingElseStays(String text) {
    assertSame(text, CredentialMask.over(text));
  }

  @Test
  void onlyTheValueGoes() {
    assertEquals("/b/k?X-Amz-Date=1&X-Amz-Signature=...&x=2",
        CredentialMask.over("/b/k?X-Amz-Date=1&X-Amz-Signature=0123abc&x=2"));
    assertEquals("/b/k?to=%2Fk%3FSignature%3D...%26b%3D2&c=3",
        CredentialMask.over("/b/k?to=%2Fk%3FSignature%3Dabc%26b%3D2&c=3"));
    assertEquals("/b/k?to=https%3A%2F%2Fuser%3A...%40host%2Fb&c=d",
        CredentialMask.over("/b/k?to=https%3A%2F%2Fuser%3Aabc%40host%2Fb&c=d"));
    assertEquals("by (https://user:...@host:80/b?HAYLOFT_ROOT_PASSWORD=...) of b",
        CredentialMask.over("by (https://user:a%2Fbc@host:80/b?HAYLOFT_ROOT_PASSWORD=abc) of b"));
    assertEquals("key Signature=... of /b", CredentialMask.over("key Signature=abc of /b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"=%3D%253D:", "%253D", "]=", "[]%3D", "a %3D", "://a", "//a:", ":%2F%2Fa", "---=",
      "://a:b"})
  @Timeout(10)
  void aLongTextOfSeparatorsIsNoWork(String separators) {
    String text = separators.repeat(100_000 / separators.length());
    assertEquals(text, CredentialMask.over(text));
  }
}
