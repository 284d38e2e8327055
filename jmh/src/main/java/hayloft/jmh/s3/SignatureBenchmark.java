package hayloft.jmh.s3;

import hayloft.common.checksum.DigestAlgorithm;
import hayloft.common.checksum.DigestPass;
import hayloft.s3.auth.AuthConfig;
import hayloft.s3.auth.AuthResult;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
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

/// Verifying a signature of version 4, on the documented example of
/// [GET Object](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), and digesting a body.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SignatureBenchmark {
  private static final Secret SECRET = new Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  private static final String EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private final Authenticator authenticator = new Authenticator(_ -> Optional.of(SECRET), AuthConfig.DEFAULTS,
      InstantSource.fixed(Instant.parse("2013-05-24T00:00:00Z")));
  private final HttpHeaders headers = new DefaultHttpHeaders().set("host", "examplebucket.s3.amazonaws.com")
      .set("range", "bytes=0-9").set("x-amz-content-sha256", EMPTY).set("x-amz-date", "20130524T000000Z")
      .set("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
          + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
          + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  private final ByteBuf body = Unpooled.directBuffer(4096).writeZero(4096);

  @Benchmark
  public AuthResult verifySignature() {
    AuthResult result = authenticator.authenticate(HttpMethod.GET, "/test.txt", headers, Optional.empty());
    if (!(result instanceof AuthResult.Granted)) {
      throw new IllegalStateException("refused: " + result);
    }
    return result;
  }

  @Benchmark
  public void digest4KiB() {
    new DigestPass(List.of(DigestAlgorithm.MD5.start(), DigestAlgorithm.SHA256.start())).update(body);
  }
}
