package hayloft.s3;

import hayloft.common.http.HttpExchange;
import hayloft.common.memory.Claims;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.auth.AuthFailure;
import hayloft.s3.auth.AuthResult;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.PayloadCheck;
import hayloft.s3.body.PayloadRefusedException;
import hayloft.s3.body.RequestPayload;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Gate;
import hayloft.s3.request.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Admits who signed: puts signatures and the checks of bodies into the gateway's words. Thread-safe.
public final class SignatureGate implements Gate {

  private final Authenticator authenticator;

  public SignatureGate(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  @Override
  public Admission admit(HttpExchange exchange, Optional<String> hostBucket, Predicate<String> otherRegion) {
    AuthResult result = authenticator.authenticate(exchange.method(), exchange.target(), exchange.headers(),
        hostBucket, otherRegion);
    return switch (result) {
      case AuthResult.Granted(String accessKey, PayloadCheck check) -> new Admission.Granted(accessKey,
          (algorithmByDefault, claimed) -> Checked.open(exchange, check, algorithmByDefault, claimed));
      case AuthResult.Anonymous(PayloadCheck check) -> new Admission.Anonymous(
          (algorithmByDefault, claimed) -> Checked.open(exchange, check, algorithmByDefault, claimed));
      case AuthResult.Refused(AuthFailure failure) -> refused(failure);
    };
  }

  @Override
  public Admission admitForm(Map<String, String> fields, Predicate<String> otherRegion) {
    return switch (authenticator.authenticateForm(fields, otherRegion)) {
      case AuthResult.Granted(String accessKey, _) -> new Admission.Granted(accessKey, SignatureGate::noBody);
      case AuthResult.Anonymous _ -> new Admission.Anonymous(SignatureGate::noBody);
      case AuthResult.Refused(AuthFailure failure) -> refused(failure);
    };
  }

  private static Payload noBody(Optional<ChecksumAlgorithm> algorithm, Payload.Claimed claimed) {
    throw new IllegalStateException("the file of a form is read from the form");
  }

  private static Admission.Refused refused(AuthFailure failure) {
    return new Admission.Refused(failure instanceof AuthFailure.WrongRegion(_, String expected, _)
        ? new S3Error.WrongRegion(failure.code(), failure.message(), expected)
        : new S3Error.Refused(failure.status(), failure.code(), failure.message(),
            S3Error.Field.of(failure.details())));
  }

  private static S3Exception refused(PayloadRefusedException e) {
    return new S3Exception(new S3Error.Refused(e.reason().status(), e.reason().code(),
        String.valueOf(e.getMessage()), S3Error.Field.of(e.details())));
  }

  private record Checked(RequestPayload payload, Claims claims) implements Payload {

    static Checked open(HttpExchange exchange, PayloadCheck check, Optional<ChecksumAlgorithm> algorithmByDefault,
        Claimed claimed) {
      HttpHeaders headers = switch (claimed) {
        case BODY -> exchange.headers();
        case OBJECT -> withoutChecksums(exchange.headers());
      };
      try {
        // what is here is counted, and no event loop waits for room
        Claims claims = exchange.body().isHere() ? Claims.UNBOUNDED : exchange.body().claims();
        return new Checked(RequestPayload.open(exchange.body(), headers, check, algorithmByDefault), claims);
      } catch (PayloadRefusedException e) {
        throw refused(e);
      }
    }

    private static HttpHeaders withoutChecksums(HttpHeaders headers) {
      HttpHeaders rest = headers.copy();
      for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
        rest.remove(ChecksumNames.header(algorithm));
      }
      rest.remove(ChecksumNames.SDK_ALGORITHM);
      return rest;
    }

    @Override
    public long decodedBytes() {
      return payload.decodedBytes();
    }

    @Override
    public @Nullable ByteBuf next() throws IOException {
      try {
        return payload.next();
      } catch (PayloadRefusedException e) {
        throw refused(e);
      }
    }

    @Override
    public Digests finish() {
      return new Digests(payload.etag(), payload.checksum());
    }

    @Override
    public void close() {
      payload.close();
    }
  }
}
