package hayloft.s3;

import hayloft.common.http.HttpExchange;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.auth.AuthFailure;
import hayloft.s3.auth.AuthResult;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.PayloadCheck;
import hayloft.s3.body.PayloadRefusedException;
import hayloft.s3.body.RequestPayload;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Gate;
import hayloft.s3.request.Payload;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Admits who signed: puts signatures and the checks of bodies into the gateway's words. Thread-safe.
public final class SignatureGate implements Gate {

  private final Authenticator authenticator;

  public SignatureGate(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  @Override
  public Admission admit(HttpExchange exchange, Optional<String> hostBucket) {
    AuthResult result = authenticator.authenticate(exchange.method(), exchange.target(), exchange.headers(),
        hostBucket);
    return switch (result) {
      case AuthResult.Granted(String accessKey, PayloadCheck check) ->
        new Admission.Granted(accessKey, algorithmByDefault -> open(exchange, check, algorithmByDefault));
      case AuthResult.Anonymous(PayloadCheck check) ->
        new Admission.Anonymous(algorithmByDefault -> open(exchange, check, algorithmByDefault));
      case AuthResult.Refused(AuthFailure failure) -> refused(failure);
    };
  }

  @Override
  public Admission admitForm(Map<String, String> fields) {
    return switch (authenticator.authenticateForm(fields)) {
      case AuthResult.Granted(String accessKey, _) -> new Admission.Granted(accessKey, SignatureGate::noBody);
      case AuthResult.Anonymous _ -> new Admission.Anonymous(SignatureGate::noBody);
      case AuthResult.Refused(AuthFailure failure) -> refused(failure);
    };
  }

  private static Payload noBody(Optional<ChecksumAlgorithm> algorithm) {
    throw new IllegalStateException("the file of a form is read from the form");
  }

  private static Admission.Refused refused(AuthFailure failure) {
    return new Admission.Refused(
        new S3Error.Refused(failure.status(), failure.code(), failure.message(), S3Error.Field.of(failure.details())));
  }

  private static Payload open(HttpExchange exchange, PayloadCheck check,
      Optional<ChecksumAlgorithm> algorithmByDefault) {
    try {
      return new CheckedPayload(RequestPayload.open(exchange.body(), exchange.headers(), check, algorithmByDefault));
    } catch (PayloadRefusedException e) {
      throw refused(e);
    }
  }

  private static S3Exception refused(PayloadRefusedException e) {
    return new S3Exception(new S3Error.Refused(e.reason().status(), e.reason().code(), String.valueOf(e.getMessage()),
        S3Error.Field.of(e.details())));
  }

  private static final class CheckedPayload implements Payload {

    private final RequestPayload payload;
    private boolean wholeAsked;

    CheckedPayload(RequestPayload payload) {
      this.payload = payload;
    }

    @Override
    public long decodedBytes() {
      return payload.decodedBytes();
    }

    @Override
    public @Nullable ByteBuf next() throws IOException {
      try {
        if (!wholeAsked) {
          wholeAsked = true;
          ByteBuf whole = payload.whole();
          if (whole != null) {
            return whole;
          }
        }
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
