package hayloft.s3.body;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.body.PayloadRefusedException.Reason;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.checksum.ChecksumValue;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The additional checksum that a request's head speaks of.
/// [Checking object
/// integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html)
///
/// @param value base64, if the client named it in a header
/// @param inTrailer the value follows the body
record DeclaredChecksum(ChecksumAlgorithm algorithm, Optional<String> value, boolean inTrailer) {

  private static final String TRAILER = "x-amz-trailer";
  private static final String TRAILER_SIGNATURE = "x-amz-trailer-signature"; // some name it, too

  /// @throws PayloadRefusedException INVALID_REQUEST if an algorithm is unknown, or what is said of it contradicts
  /// itself; BAD_DIGEST if the value cannot be one
  static Optional<DeclaredChecksum> find(HttpHeaders headers) throws PayloadRefusedException {
    Optional<DeclaredChecksum> value = inHeader(headers);
    Optional<DeclaredChecksum> announced = announced(headers);
    if (value.isPresent() && announced.isPresent()) {
      throw refused(ChecksumNames.SEVERAL);
    }
    Optional<DeclaredChecksum> sent = value.or(() -> announced);
    requireAsNamed(headers.get(ChecksumNames.SDK_ALGORITHM), sent);
    return sent.isPresent() ? sent : askedFor(headers.get("x-amz-checksum-algorithm"));
  }

  private static Optional<DeclaredChecksum> inHeader(HttpHeaders headers) throws PayloadRefusedException {
    Optional<DeclaredChecksum> found = Optional.empty();
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey();
      if (!ChecksumNames.isValue(name)) {
        continue;
      }
      if (found.isPresent()) {
        throw refused(ChecksumNames.SEVERAL);
      }
      ChecksumAlgorithm algorithm = algorithm(name);
      found = Optional
          .of(new DeclaredChecksum(algorithm, Optional.of(requireValue(algorithm, header.getValue())), false));
    }
    return found;
  }

  private static Optional<DeclaredChecksum> announced(HttpHeaders headers) throws PayloadRefusedException {
    Optional<DeclaredChecksum> found = Optional.empty();
    for (String line : headers.getAll(TRAILER)) {
      for (String name : line.split(",", -1)) {
        String field = name.strip();
        if (field.isEmpty() || field.equalsIgnoreCase(TRAILER_SIGNATURE)) {
          continue;
        }
        if (!ChecksumNames.isValue(field)) {
          throw refused("The value specified in the x-amz-trailer header is not supported");
        }
        if (found.isPresent()) {
          throw refused(ChecksumNames.SEVERAL);
        }
        found = Optional.of(new DeclaredChecksum(algorithm(field), Optional.empty(), true));
      }
    }
    return found;
  }

  /// SDKs name the algorithm beside the value.
  private static void requireAsNamed(@Nullable String named, Optional<DeclaredChecksum> sent)
      throws PayloadRefusedException {
    if (named == null || named.isEmpty()) {
      return;
    }
    ChecksumAlgorithm algorithm = known(named);
    if (sent.isEmpty()) {
      throw refused("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
          + "headers were found.");
    }
    if (sent.get().algorithm() != algorithm) {
      throw refused("Value for x-amz-sdk-checksum-algorithm header is invalid.");
    }
  }

  /// Without a value there is nothing to verify, but something to keep.
  private static Optional<DeclaredChecksum> askedFor(@Nullable String named) throws PayloadRefusedException {
    return named == null || named.isEmpty()
        ? Optional.empty()
        : Optional.of(new DeclaredChecksum(known(named), Optional.empty(), false));
  }

  /// What cannot be a value of the algorithm cannot be the body's either.
  static String requireValue(ChecksumAlgorithm algorithm, String value) throws PayloadRefusedException {
    String base64 = value.strip();
    if (!ChecksumValue.isPossible(algorithm, base64)) {
      throw mismatch(algorithm);
    }
    return base64;
  }

  static PayloadRefusedException mismatch(ChecksumAlgorithm algorithm) {
    return new PayloadRefusedException(Reason.BAD_DIGEST,
        "The " + algorithm + " you specified did not match the calculated checksum.");
  }

  String headerName() {
    return ChecksumNames.header(algorithm);
  }

  private static ChecksumAlgorithm algorithm(String headerName) throws PayloadRefusedException {
    Optional<ChecksumAlgorithm> algorithm = ChecksumNames.ofHeader(headerName);
    if (algorithm.isEmpty()) {
      throw refused(ChecksumNames.unknownHeader(headerName));
    }
    return algorithm.get();
  }

  private static ChecksumAlgorithm known(String name) throws PayloadRefusedException {
    Optional<ChecksumAlgorithm> algorithm = ChecksumNames.find(name.strip());
    if (algorithm.isEmpty()) {
      throw refused(ChecksumNames.UNSUPPORTED);
    }
    return algorithm.get();
  }

  private static PayloadRefusedException refused(String message) {
    return new PayloadRefusedException(Reason.INVALID_REQUEST, message);
  }
}
