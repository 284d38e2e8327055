package hayloft.filer.mutation;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The tags that a version was given after it was made. Immutable.
public record TagsBody(Instant at, Map<String, String> tags) {

  public static TagsBody read(FieldReader in) throws MalformedMutationException {
    Instant at = Instant.EPOCH;
    var tags = new LinkedHashMap<String, String>();
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT -> at = Instant.ofEpochMilli(in.number());
        case BodyTags.TAG -> in.pairInto(tags);
        default -> {
          // a field of a newer program
        }
      }
    }
    return new TagsBody(at, Collections.unmodifiableMap(tags));
  }

  static void write(FieldWriter out, Mutation.SetTags mutation) {
    out.number(BodyTags.AT, mutation.at().toEpochMilli());
    mutation.tags().forEach((name, value) -> out.pair(BodyTags.TAG, name, value));
  }
}
