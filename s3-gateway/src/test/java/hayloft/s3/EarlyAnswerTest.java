package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.common.http.ClientGoneException;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.record.RequestRecords;
import hayloft.s3.request.Faults;
import hayloft.s3.request.Reply;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// What a client gets of a request that takes long.
class EarlyAnswerTest {

  private static final String DECLARATION = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  private final FakeExchange exchange = new FakeExchange("PUT", "/b/k", new byte[0]);
  private long nowNanos = 17;
  private final Reply reply = new Reply(exchange, "id", "host", new RequestRecords().unrouted(), null, () -> nowNanos);

  private void workFor(double seconds) throws IOException {
    reply.stillAtWork(reply::headers);
    for (int step = 0; step < 100; step++) {
      nowNanos += (long) (seconds * 10_000_000);
      reply.stillAtWork(reply::headers);
    }
  }

  private static XmlWriter document() {
    XmlWriter xml = new XmlWriter(100);
    xml.text("CopyObjectResult", "done");
    return xml;
  }

  @Test
  void whatEndsSoonIsAnsweredAsEver() throws Exception {
    workFor(4.9);
    assertThrows(IllegalStateException.class, exchange::answer);
    reply.sendXmlAtLast(reply.headers(), document());
    assertEquals(DECLARATION + "<CopyObjectResult>done</CopyObjectResult>", exchange.text());
    assertEquals(1, exchange.writes);
  }

  @Test
  void whatFailsSoonHasItsStatus() throws Exception {
    workFor(4.9);
    Faults.answer(reply, line -> line, new S3Exception(new S3Error.NoSuchKey("k")));
    assertEquals(404, exchange.status());
  }

  @Test
  void whoeverWaitsGetsWhiteSpaceInsideTheDocument() throws Exception {
    workFor(20.1);
    assertEquals(DECLARATION + "\n\n\n", exchange.text());
    reply.sendXmlAtLast(reply.headers().set("x-amz-version-id", "v"), document());
    assertEquals(200, exchange.status());
    assertEquals("application/xml", exchange.header("content-type"));
    assertEquals(DECLARATION + "\n\n\n<CopyObjectResult>done</CopyObjectResult>", exchange.text());
    assertNull(exchange.header("x-amz-version-id"));
    assertEquals("v", reply.versionId());
  }

  @Test
  void whatFailsLateIsAnErrorInsideTheDocument() throws Exception {
    workFor(6);
    Faults.answer(reply, line -> line, new S3Exception(new S3Error.NoSuchKey("k")));
    assertEquals(200, exchange.status());
    assertEquals(DECLARATION.length(), exchange.text().indexOf("<Error><Code>NoSuchKey</Code>"));
    assertEquals("NoSuchKey", reply.errorCode());
  }

  @Test
  void faultsAreErrorsToo() throws Exception {
    workFor(6);
    Faults.answer(reply, line -> line, new IOException("EIO, on purpose"));
    assertEquals("InternalError", exchange.element("Code"));
  }

  @Test
  void whoeverHasGoneIsNotAnswered() throws Exception {
    workFor(6);
    var gone = new ClientGoneException("gone, on purpose");
    assertSame(gone, assertThrows(ClientGoneException.class, () -> Faults.answer(reply, line -> line, gone)));
    assertFalse(exchange.text().contains("Error"));
  }
}
