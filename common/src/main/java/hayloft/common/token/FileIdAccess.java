package hayloft.common.token;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Who may change anything through the ports of file ids: nobody, who has a token, or everybody. Immutable;
/// thread-safe.
///
/// Blobs are read without asking: whoever knows a file id knows its cookie.
public sealed interface FileIdAccess {

  /// What everybody is told who may not.
  String HOW = "changing anything here needs a token, or a server that needs none: set HAYLOFT_VOLUME_SECRET and send"
      + " Authorization: Bearer with what `hayloft token` gives, or start on loopback with --open-file-ids";

  /// Neither a secret nor openness was configured.
  record Closed() implements FileIdAccess {}

  /// Whoever reaches the port.
  record Open() implements FileIdAccess {}

  record ByToken(FileTokens tokens) implements FileIdAccess {}

  /// Whether this request may see where data lies on its machine: whoever shows that he was trusted. To reach an open
  /// port is no such sign.
  default boolean tellsPlaces(HttpHeaders headers, QueryStringDecoder target) {
    return this instanceof ByToken && allowsAll(headers, target);
  }

  /// Whether this request may assign and grow.
  default boolean allowsAll(HttpHeaders headers, QueryStringDecoder target) {
    return switch (this) {
      case Closed _ -> false;
      case Open _ -> true;
      case ByToken(var tokens) -> tokens.allowsAll(token(headers, target));
    };
  }

  /// Whether this request may write or delete what a file id names.
  default boolean allows(HttpHeaders headers, QueryStringDecoder target, String fileId) {
    return switch (this) {
      case Closed _ -> false;
      case Open _ -> true;
      case ByToken(var tokens) -> {
        String token = token(headers, target);
        yield tokens.allows(token, fileId) || tokens.allowsAll(token);
      }
    };
  }

  /// What whoever was given a file id has to show to write it; empty if nothing.
  default Optional<String> grant(String fileId, Duration validFor) {
    return this instanceof ByToken(var tokens) ? Optional.of(tokens.sign(fileId, validFor)) : Optional.empty();
  }

  /// Of `Authorization: Bearer`, else of `?jwt=`; empty if there is none, or if there are several, of which a proxy may
  /// have judged another one.
  private static String token(HttpHeaders headers, QueryStringDecoder target) {
    String header = headers.get(HttpHeaderNames.AUTHORIZATION, "");
    if (headers.getAll(HttpHeaderNames.AUTHORIZATION).size() > 1) {
      return "";
    }
    if (header.regionMatches(true, 0, "bearer ", 0, "bearer ".length())) {
      return header.substring("bearer ".length()).strip();
    }
    List<String> parameters = target.parameters().getOrDefault("jwt", List.of());
    return parameters.stream().distinct().count() == 1 ? parameters.getFirst() : "";
  }
}
