package hayloft.s3.request;

import java.io.IOException;

/// One operation of S3. Stateless and thread-safe.
public interface Operation {

  /// Answers the request, on its fork.
  ///
  /// @throws hayloft.s3.error.S3Exception to answer with an error
  /// @throws IOException a fault, which becomes an error too
  void answer(S3Request request) throws IOException;

  /// Takes the request over on the event loop: answers what needs no waiting, and forks for the rest. Never waits.
  ///
  /// @throws IOException a fault, which becomes an error
  default void begin(S3Request request) throws IOException {
    request.fork(() -> answer(request));
  }
}
