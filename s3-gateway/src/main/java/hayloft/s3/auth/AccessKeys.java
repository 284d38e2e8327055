package hayloft.s3.auth;

import java.util.Optional;

/// The access keys that may sign. Asked on the event loop, so it answers from memory. Thread-safe.
@FunctionalInterface
public interface AccessKeys {

  Optional<Secret> find(String accessKey);
}
