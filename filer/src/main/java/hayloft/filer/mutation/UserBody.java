package hayloft.filer.mutation;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// What a user's needle and its row say. Immutable.
///
/// @param sealedSecret the secret key under the store's key, in base64; raw in the needle
/// @param furtherKeys besides the first
/// @param disabled their secrets are sealed as those of a disabled user
public record UserBody(Instant at, boolean deleted, String displayName, String accessKey, String sealedSecret,
    boolean admin, List<SealedKey> furtherKeys, boolean disabled) {

  /// A key besides the first: `varint(length of the access key) access key, sealed secret`.
  public record SealedKey(String accessKey, String sealedSecret) {}

  public UserBody {
    furtherKeys = List.copyOf(furtherKeys);
  }

  /// Of a user who may sign.
  public UserBody(Instant at, boolean deleted, String displayName, String accessKey, String sealedSecret,
      boolean admin, List<SealedKey> furtherKeys) {
    this(at, deleted, displayName, accessKey, sealedSecret, admin, furtherKeys, false);
  }

  /// Of a user with one key.
  public UserBody(Instant at, boolean deleted, String displayName, String accessKey, String sealedSecret,
      boolean admin) {
    this(at, deleted, displayName, accessKey, sealedSecret, admin, List.of());
  }

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
    if (disabled) {
      out.number(BodyTags.DISABLED, 1);
    }
    for (SealedKey key : furtherKeys) {
      byte[] name = key.accessKey().getBytes(StandardCharsets.UTF_8);
      byte[] secret = Base64.getDecoder().decode(key.sealedSecret());
      var field = new FieldWriter(2 + name.length + secret.length);
      field.varint(name.length);
      field.raw(name);
      field.raw(secret);
      out.bytes(BodyTags.FURTHER_KEY, field.toBytes());
    }
  }

  public static UserBody read(FieldReader in) throws MalformedMutationException {
    Instant at = Instant.EPOCH;
    boolean deleted = false;
    String displayName = "";
    String accessKey = "";
    String sealedSecret = "";
    boolean admin = false;
    boolean disabled = false;
    List<SealedKey> furtherKeys = new ArrayList<>();
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.AT -> at = Instant.ofEpochMilli(in.number());
        case BodyTags.DELETED -> deleted = in.number() != 0;
        case BodyTags.DISPLAY_NAME -> displayName = in.text();
        case BodyTags.ACCESS_KEY -> accessKey = in.text();
        case BodyTags.SEALED_SECRET -> sealedSecret = Base64.getEncoder().encodeToString(in.bytes());
        case BodyTags.ADMIN -> admin = in.number() != 0;
        case BodyTags.DISABLED -> disabled = in.number() != 0;
        case BodyTags.FURTHER_KEY -> {
          FieldReader field = in.nested();
          String name = field.textOf(field.length());
          furtherKeys
              .add(new SealedKey(name, Base64.getEncoder().encodeToString(field.raw(field.remaining()))));
        }
        default -> {
          // a field of a newer program
        }
      }
    }
    return new UserBody(at, deleted, displayName, accessKey, sealedSecret, admin, furtherKeys, disabled);
  }
}
