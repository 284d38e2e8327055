package hayloft.common.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/// The parsed head of a request.
///
/// @param target origin form: path and query as sent; `*` for OPTIONS
/// @param headers names in lower case, values as ISO-8859-1, so that each char is the byte that was sent
/// @param http10 the client speaks HTTP/1.0: no chunked answers, no 100-continue
/// @param keepAlive the client wants the connection to stay
/// @param bodyBytes length of the body, or [#CHUNKED]
/// @param expectsContinue the client holds its body back until it sees `100 Continue`
record RequestHead(HttpMethod method, String target, HttpHeaders headers, boolean http10, boolean keepAlive,
    long bodyBytes, boolean expectsContinue) {

  static final long CHUNKED = -1;
}
