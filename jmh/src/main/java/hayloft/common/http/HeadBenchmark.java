package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Reading the head of a signed request, and writing the head of its answer. In this package because parser and writer
/// are the stack's own.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HeadBenchmark {
  private static final String REQUEST = "GET /bench/bench/0000004711 HTTP/1.1\r\nHost: 127.0.0.1:8333\r\n"
      + "x-amz-date: 20260102T030405Z\r\n"
      + "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"
      + "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/s3/aws4_request, "
      + "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
      + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\r\n\r\n";

  private final HttpServerConfig config = HttpServerConfig.DEFAULTS;
  private final RequestHeadParser parser = new RequestHeadParser(config.maxInitialLineBytes(), config.maxHeaderBytes());
  private final RequestHeadParser.Progress progress = new RequestHeadParser.Progress();
  private final ByteBuf request = Unpooled.directBuffer().writeBytes(REQUEST.getBytes(ISO_8859_1));
  private final AnswerHead answer = new AnswerHead();
  private final HttpHeaders headers = new DefaultHttpHeaders().set("x-amz-request-id", "0123456789ABCDEF")
      .set("x-amz-id-2", "0123456789ABCDEF0123456789ABCDEF").set("server", "Hayloft")
      .set("etag", "\"d41d8cd98f00b204e9800998ecf8427e\"").set("last-modified", "Mon, 12 Oct 2009 17:50:30 GMT")
      .set("accept-ranges", "bytes").set("content-type", "binary/octet-stream");

  @Benchmark
  public RequestHead readHead() throws RefusedRequestException {
    progress.reset();
    return Objects.requireNonNull(parser.parse(request.duplicate(), progress));
  }

  @Benchmark
  public int writeHead() {
    ByteBuf bytes = answer.write(PooledByteBufAllocator.DEFAULT, 200, headers, new AnswerHead.Framing.Length(4096),
        false,
        false);
    int length = bytes.readableBytes();
    bytes.release();
    return length;
  }
}
