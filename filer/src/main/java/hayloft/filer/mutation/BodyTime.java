package hayloft.filer.mutation;

import java.time.Instant;

/// The field that every body has: when its mutation was judged. Stateless.
public final class BodyTime {

  private BodyTime() {}

  public static Instant of(FieldReader body) throws MalformedMutationException {
    while (body.next()) {
      if (body.tag() == BodyTags.AT || body.tag() == BodyTags.AT_OF_NULL_VERSION) {
        return Instant.ofEpochMilli(body.number());
      }
    }
    throw new MalformedMutationException("body without a time");
  }
}
