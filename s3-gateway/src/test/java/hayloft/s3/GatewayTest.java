package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.http.BodyTimeoutException;
import hayloft.common.http.ClientGoneException;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.s3.request.Addressing.Level;
import hayloft.s3.routing.S3Operation;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GatewayTest {

  private final TestStore store = new TestStore().withBucket("b");

  @ParameterizedTest
  @EnumSource
  void whatIsNotImplementedSaysSoByNameAndTouchesNothing(S3Operation operation) {
    if (store.gateway.operations().contains(operation)) {
      return;
    }
    store.put("/b/k", "hello");
    String path = switch (operation.level()) {
      case SERVICE -> "/";
      case BUCKET -> "/b";
      case OBJECT -> "/b/k";
    };
    FakeExchange request = store
        .request(operation.method().name(), path + "?" + String.join("&", operation.marks()), "")
        .with("x-test-key", "alice");
    if (operation == S3Operation.WRITE_GET_OBJECT_RESPONSE) {
      request.with("x-amz-request-route", "r");
    }
    store.send(request);
    assertEquals("501 NotImplemented", codeOf(request));
    assertEquals(operation.awsName(), request.element("Feature"));
    assertEquals("hello", store.get("/b/k").text());
    assertFalse(request.forked);
  }

  /// Passed over, each would let happen what its client forbade.
  @ParameterizedTest
  @CsvSource({"PUT,/hay/k,If-Unmodified-Since", "PUT,/hay/k,If-Modified-Since", "PUT,/hay/k,x-amz-if-match-size",
      "DELETE,/hay/k,If-Unmodified-Since", "DELETE,/hay/k,If-Modified-Since", "DELETE,/hay/k,If-None-Match",
      "DELETE,/hay/k?uploadId=u,If-Match", "PUT,/hay/k?uploadId=u&partNumber=1,If-None-Match",
      "PUT,/hay/k?uploadId=u&partNumber=1,If-Match", "POST,/hay/k?uploads,If-None-Match",
      "POST,/hay/k?uploadId=u,If-Unmodified-Since", "PUT,/hay/k?tagging,If-Match", "DELETE,/hay/k?tagging,If-Match",
      "PUT,/hay/k?acl,If-Match", "PUT,/hay?acl,If-Match", "PUT,/hay?versioning,If-Match", "DELETE,/hay,If-Match",
      "PUT,/new,If-None-Match", "POST,/hay?delete,If-Match", "POST,/hay,If-None-Match"})
  void aConditionThatIsNotObeyedIsRefused(String method, String target, String header) {
    TestStore store = new TestStore().withBucket("hay");
    store.put("/hay/k", "old");
    FakeExchange refused = store.send(method, target, "new", header,
        header.contains("Since") ? "Sun, 06 Nov 1994 08:49:37 GMT" : "*");
    assertEquals("501 NotImplemented", refused.status() + " " + refused.element("Code"));
    assertTrue(refused.element("Feature").equalsIgnoreCase(header), refused.text());
    assertEquals("old", store.get("/hay/k").text());
  }

  @Test
  void allOperationsOfThisStageStand() {
    long standing = store.gateway.operations().size();
    assertEquals(38, standing, () -> store.gateway.operations().toString());
    assertTrue(store.gateway.operations().stream().anyMatch(one -> one.level() == Level.SERVICE));
  }

  @Test
  void everyAcknowledgedMutationSaysHowDurableItIs() {
    String tags = "<Tagging><TagSet/></Tagging>";
    String upload = store.send("POST", "/b/k?uploads", "").element("UploadId");
    for (FakeExchange answer : List.of(store.put("/other", ""), store.put("/b/k", "x"),
        store.put("/b/c", "", "x-amz-copy-source", "/b/k"), store.put("/b/k?tagging", tags),
        store.send("DELETE", "/b/k?tagging", ""), store.put("/b?tagging", tags), store.send("DELETE", "/b?tagging", ""),
        store.put("/b?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
        store.send("DELETE", "/b/k", ""), store.put("/b/k?partNumber=1&uploadId=" + upload, "x"),
        store.send("DELETE", "/b/k?uploadId=" + upload, ""), store.send("DELETE", "/other", ""),
        store.send("POST", "/b?delete", "<Delete><Object><Key>c</Key></Object></Delete>"))) {
      assertEquals(2, answer.status() / 100, answer.text());
      assertEquals("fsync", answer.header("x-hayloft-durability"));
    }
  }

  @Test
  void errorsAreDocuments() {
    FakeExchange answer = store.get("/b/a%26b?x-id=GetObject");
    String expected = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&amp;b</Key>\
        <Resource>/b/a%26b</Resource><RequestId>ID</RequestId><HostId>HOST</HostId></Error>""";
    assertEquals(expected.replace("ID<", answer.header("x-amz-request-id") + "<").replace("HOST",
        String.valueOf(answer.header("x-amz-id-2"))), answer.text());
    assertEquals("application/xml", answer.header("content-type"));
  }

  @Test
  void refusalsOfTheGateAreAnsweredInItsWords() {
    FakeExchange answer = store.send(store.request("GET", "/b", "").with("x-test-key", "forged"));
    assertEquals("403 SignatureDoesNotMatch", codeOf(answer));
    assertEquals("&lt;secret&gt;", answer.element("StringToSign"));
    assertEquals("403 InvalidAccessKeyId",
        codeOf(store.send(store.request("GET", "/b", "").with("x-test-key", "nobody"))));
    assertEquals("403 AccessDenied", codeOf(store.send(store.request("GET", "/b", ""))));
    assertEquals("412 PreconditionFailed", codeOf(store.send(store.request("POST", "/b", ""))),
        "a form signs in its body");
    assertEquals("501 NotImplemented", codeOf(store.send(store.request("OPTIONS", "/b/k", ""))));
    assertEquals("400 InvalidURI", codeOf(store.send(store.request("GET", "/b/%zz", ""))));
  }

  @Test
  void faultsBecomeErrors() {
    Map<IOException, String> expected = Map.of(new StoreBusyException("full"), "503 SlowDown",
        new NoWritableVolumeException("disks are full"), "507 InsufficientStorage",
        new DiskFullException("no space", new IOException("x")), "507 InsufficientStorage",
        new VolumeUnwritableException(7, VolumeUnwritableException.Reason.NO_SPACE, "x"), "507 InsufficientStorage",
        new VolumeUnwritableException(7, VolumeUnwritableException.Reason.FAILED, "x"), "503 SlowDown",
        new RestartNeededException("stopped", new IOException("x")), "503 ServiceUnavailable",
        new StaleEpochException("x"), "503 ServiceUnavailable", new BodyTimeoutException("x"), "400 RequestTimeout",
        new IOException("unexpected"), "500 InternalError");
    expected.forEach((fault, code) -> {
      store.catalog.writeFault = fault;
      assertEquals(code, codeOf(store.put("/b/k", "x")));
      assertEquals(code, codeOf(store.send("DELETE", "/b/k", "")));
      assertEquals(0, store.catalog.openBodies, "given up");
    });
    store.catalog.writeFault = new StoreBusyException("full");
    FakeExchange many = store.send("POST", "/b?delete", "<Delete><Object><Key>k</Key></Object></Delete>");
    assertEquals("200 SlowDown", codeOf(many));
  }

  @Test
  void nobodyIsAnsweredWhoHasGone() {
    store.catalog.writeFault = new ClientGoneException("gone");
    FakeExchange put = store.request("PUT", "/b/k", "x").with("x-test-key", "alice");
    put.bodyIsHere = false;
    store.send(put);
    assertEquals(0, put.status());
    assertTrue(put.broken instanceof ClientGoneException);
    assertEquals(0, store.catalog.openBodies);
  }

  @Test
  void bucketsAreFoundInHostNames() {
    FakeExchange put = store.request("PUT", "/k", "hello").with("x-test-key", "alice");
    put.headers().set("host", "b.s3.example.org:8333");
    assertEquals(200, store.send(put).status());
    assertEquals("hello", store.get("/b/k").text());
    assertEquals("hello", store.get("http://127.0.0.1:8333/b/k").text());
  }

  @Test
  void aLateFailureBreaksTheAnswer() {
    store.put("/b/k", "0123456789".repeat(300));
    store.catalog.warm = false;
    FakeExchange get = new FakeExchange("GET", "/b/k", new byte[0]).with("x-test-key", "alice");
    get.onWrite = () -> store.catalog.readFault = new IOException("disk gone");
    store.send(get);
    assertEquals(200, get.status());
    assertTrue(get.broken instanceof IOException);
  }
}
