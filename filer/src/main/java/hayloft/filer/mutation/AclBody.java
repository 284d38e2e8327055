package hayloft.filer.mutation;

import java.time.Instant;

/// The access control list that a version was given after it was made. Immutable.
public record AclBody(Instant at, String acl) {

  public static AclBody read(FieldReader in) throws MalformedMutationException {
    Instant at = Instant.EPOCH;
    String acl = "";
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT -> at = Instant.ofEpochMilli(in.number());
        case BodyTags.ACL -> acl = in.text();
        default -> {
          // a field of a newer program
        }
      }
    }
    return new AclBody(at, acl);
  }

  static void write(FieldWriter out, Mutation.SetAcl mutation) {
    out.number(BodyTags.AT, mutation.at().toEpochMilli());
    if (!mutation.acl().isEmpty()) {
      out.text(BodyTags.ACL, mutation.acl());
    }
  }
}
