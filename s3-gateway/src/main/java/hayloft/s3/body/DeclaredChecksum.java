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
/// @param field what the value follows the body as; empty if none does
record DeclaredChecksum(ChecksumAlgorithm algorithm, Optional<String> value, Optional<String> field) {

  /// What the JavaScript SDK has for the algorithm MD5.
  private static final String CONTENT_MD5 = "content-md5";
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
    requireAsNamed(headers, sent);
    Optional<DeclaredChecksum> asked = askedFor(headers.get("x-amz-checksum-algorithm"));
    if (sent.isPresent() && asked.isPresent() && sent.get().algorithm != asked.get().algorithm) {
      throw refused("Value for x-amz-checksum-algorithm header is invalid.");
    }
    return sent.isPresent() ? sent : asked;
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
          .of(new DeclaredChecksum(algorithm, Optional.of(requireValue(algorithm, header.getValue())),
              Optional.empty()));
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
        boolean isMd5 = field.equalsIgnoreCase(CONTENT_MD5);
        if (!isMd5 && !ChecksumNames.isValue(field)) {
          throw refused("The value specified in the x-amz-trailer header is not supported");
        }
        if (found.isPresent()) {
          throw refused(ChecksumNames.SEVERAL);
        }
        ChecksumAlgorithm algorithm = isMd5 ? ChecksumAlgorithm.MD5 : algorithm(field);
        found = Optional.of(new DeclaredChecksum(algorithm, Optional.empty(),
            Optional.of(isMd5 ? CONTENT_MD5 : ChecksumNames.header(algorithm))));
      }
    }
    return found;
  }

  /// SDKs name the algorithm beside the value.
  private static void requireAsNamed(HttpHeaders headers, Optional<DeclaredChecksum> sent)
      throws PayloadRefusedException {
    String named = headers.get(ChecksumNames.SDK_ALGORITHM);
    if (named == null || named.isEmpty()) {
      return;
    }
    ChecksumAlgorithm algorithm = known(named);
    if (sent.isEmpty() && algorithm == ChecksumAlgorithm.MD5 && headers.contains(CONTENT_MD5)) {
      return; // its value
    }
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
        : Optional.of(new DeclaredChecksum(known(named), Optional.empty(), Optional.empty()));
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
