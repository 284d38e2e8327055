package hayloft.cli.bench;

import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseDecoder;

/// Decodes answers; requests are written as bytes, so it has to be told when an answer to HEAD comes, which has no
/// body.
final class LoadHttpCodec extends HttpResponseDecoder {
  private HttpMethod method = HttpMethod.GET;

  void expectAnswerTo(HttpMethod next) {
    method = next;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    return method.equals(HttpMethod.HEAD) || super.isContentAlwaysEmpty(message);
  }
}
