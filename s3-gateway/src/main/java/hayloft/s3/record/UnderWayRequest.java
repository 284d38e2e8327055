package hayloft.s3.record;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.http.ExchangeUnderWay;
import hayloft.common.log.ClientText;
import hayloft.s3.request.Reply;

/// A request that has not ended yet, for those who watch. Stateless.
///
/// What the gateway knows of it is read while it works on it: it is as of some moment.
public final class UnderWayRequest {

  private UnderWayRequest() {}

  /// Fields are called as in the access log; what is not known (yet) is left out.
  public static ObjectNode fields(ExchangeUnderWay exchange) {
    ObjectNode row = JsonNodeFactory.instance.objectNode().put("ageMillis", exchange.ageNanos() / 1_000_000)
        .put("remote", exchange.remote().getHostString()).put("method", exchange.method())
        .put("receivedBytes", exchange.receivedBytes()).put("sentBytes", exchange.sentBytes())
        .put("waitsFor", exchange.waitsForClient() ? "client" : "server");
    if (exchange.watcher() instanceof Reply reply) {
      row.put("requestId", reply.requestId());
      if (reply.observer() instanceof OperationRecorder recorder) {
        row.put("operation", recorder.name());
      }
      put(row, "requester", reply.requester());
      put(row, "bucket", ClientText.of(reply.bucket()).toString());
      put(row, "key", ClientText.of(reply.key()).toString());
      if (reply.objectBytes() >= 0) {
        row.put("objectBytes", reply.objectBytes());
      }
    }
    return row;
  }

  private static void put(ObjectNode row, String name, String value) {
    if (!value.isEmpty()) {
      row.put(name, value);
    }
  }
}
