package hayloft.filer.mutation;

import java.time.Instant;
import java.util.Base64;

/// What a user's needle and its row say. Immutable.
///
/// @param sealedSecret the secret key under the store's key, in base64; raw in the needle
public record UserBody(Instant at, boolean deleted, String displayName, String accessKey, String sealedSecret,
    boolean admin) {

  static UserBody deleted(Instant at) {
    return new UserBody(at, true, "", "", "", false);
  }

  void write(FieldWriter out) {
    out.number(BodyTags.AT, at.toEpochMilli());
    if (deleted) {
      out.number(BodyTags.DELETED, 1);
      return;
    }
    out.text(BodyTags.DISPLAY_NAME, displayName);
    out.text(BodyTags.ACCESS_KEY, accessKey);
    out.bytes(BodyTags.SEALED_SECRET, Base64.getDecoder().decode(sealedSecret));
    if (admin) {
      out.number(BodyTags.ADMIN, 1);
    }
  }

  public static UserBody read(FieldReader in) throws MalformedMutationException {
    Instant at = Instant.EPOCH;
    boolean deleted = false;
    String displayName = "";
    String accessKey = "";
    String sealedSecret = "";
    boolean admin = false;
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT -> at = Instant.ofEpochMilli(in.number());
        case BodyTags.DELETED -> deleted = in.number() != 0;
        case BodyTags.DISPLAY_NAME -> displayName = in.text();
        case BodyTags.ACCESS_KEY -> accessKey = in.text();
        case BodyTags.SEALED_SECRET -> sealedSecret = Base64.getEncoder().encodeToString(in.bytes());
        case BodyTags.ADMIN -> admin = in.number() != 0;
        default -> {
          // a field of a newer program
        }
      }
    }
    return new UserBody(at, deleted, displayName, accessKey, sealedSecret, admin);
  }
}
