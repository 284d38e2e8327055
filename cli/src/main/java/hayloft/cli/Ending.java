package hayloft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// How a run of a tool came to its end: what it found is kept, and says so if that is not all it was asked for.
public sealed interface Ending {

  /// It did all that it was asked for.
  record Done() implements Ending {}

  /// By ^C or a signal.
  record Interrupted() implements Ending {}

  /// The store no longer answered.
  ///
  /// @param why in words for people, with the endpoint
  record StoreGone(String why) implements Ending {}

  default boolean isDone() {
    return this instanceof Done;
  }

  /// For people, after "ended early: ".
  default String words() {
    return switch (this) {
      case Done _ -> "";
      case Interrupted _ -> "interrupted";
      case StoreGone(String why) -> why;
    };
  }

  /// Adds `complete`, `ended` (`done`, `interrupted`, `storeGone`) and, if it is known, `why`.
  default void tell(ObjectNode json) {
    json.put("complete", isDone()).put("ended", switch (this) {
      case Done _ -> "done";
      case Interrupted _ -> "interrupted";
      case StoreGone _ -> "storeGone";
    });
    if (this instanceof StoreGone(String why)) {
      json.put("why", why);
    }
  }
}
