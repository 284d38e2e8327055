package hayloft.filer.mutation;

import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectDraft;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The fields of an [ObjectDraft]. What most objects have is left out: the bucket's owner, `STANDARD`,
/// `binary/octet-stream`. Confined to one thread; one instance reads one body.
final class Attributes {

  private static final String CONTENT_TYPE = "content-type";
  private static final String USUAL_CONTENT_TYPE = "binary/octet-stream";
  private static final Map<String, String> USUAL_HEADERS = Map.of(CONTENT_TYPE, USUAL_CONTENT_TYPE);
  private static final String USUAL_STORAGE_CLASS = "STANDARD";

  private String ownerId;
  private String storageClass = USUAL_STORAGE_CLASS;
  private @Nullable String contentType = USUAL_CONTENT_TYPE;
  private @Nullable Map<String, String> headers;
  private @Nullable Map<String, String> userMetadata;
  private @Nullable Map<String, String> tags;
  private Optional<ObjectChecksum> checksum = Optional.empty();
  private String acl = "";

  Attributes(String usualOwner) {
    this.ownerId = usualOwner;
  }

  /// An empty content type stands for none at all.
  static void write(FieldWriter out, ObjectDraft draft, String usualOwner) {
    if (!draft.ownerId().equals(usualOwner)) {
      out.text(BodyTags.OWNER, draft.ownerId());
    }
    if (!draft.storageClass().equals(USUAL_STORAGE_CLASS)) {
      out.text(BodyTags.STORAGE_CLASS, draft.storageClass());
    }
    String type = draft.headers().get(CONTENT_TYPE);
    if (!USUAL_CONTENT_TYPE.equals(type)) {
      out.text(BodyTags.CONTENT_TYPE, type == null ? "" : type);
    }
    draft.headers().forEach((name, value) -> {
      if (!name.equals(CONTENT_TYPE)) {
        out.pair(BodyTags.HEADER, name, value);
      }
    });
    draft.userMetadata().forEach((name, value) -> out.pair(BodyTags.USER_METADATA, name, value));
    draft.tags().forEach((name, value) -> out.pair(BodyTags.TAG, name, value));
    draft.checksum().ifPresent(sum -> Checksums.write(out, sum));
    if (!draft.acl().isEmpty()) {
      out.text(BodyTags.ACL, draft.acl());
    }
  }

  /// Takes the reader's current field if it is one of these.
  void take(FieldReader in) throws MalformedMutationException {
    switch (in.tag()) {
      case BodyTags.OWNER -> ownerId = in.text();
      case BodyTags.STORAGE_CLASS -> storageClass = in.text();
      case BodyTags.CONTENT_TYPE -> contentType = in.text();
      case BodyTags.HEADER -> in.pairInto(headers = orNew(headers));
      case BodyTags.USER_METADATA -> in.pairInto(userMetadata = orNew(userMetadata));
      case BodyTags.TAG -> in.pairInto(tags = orNew(tags));
      case BodyTags.ACL -> acl = in.text();
      case BodyTags.CHECKSUM, BodyTags.CHECKSUM_TEXT, BodyTags.FURTHER_CHECKSUM, BodyTags.FURTHER_CHECKSUM_TEXT ->
        checksum = Checksums.read(in);
      default -> {
        // a field of the body itself, or of a newer program
      }
    }
  }

  private static Map<String, String> orNew(@Nullable Map<String, String> map) {
    return map == null ? new LinkedHashMap<>() : map;
  }

  ObjectDraft draft() {
    return new ObjectDraft(allHeaders(), orEmpty(userMetadata), orEmpty(tags), ownerId, storageClass, checksum, acl);
  }

  private Map<String, String> allHeaders() {
    String type = contentType;
    boolean noType = type == null || type.isEmpty();
    if (headers == null) {
      if (USUAL_CONTENT_TYPE.equals(type)) {
        return USUAL_HEADERS;
      }
      return noType ? Map.of() : Map.of(CONTENT_TYPE, type);
    }
    if (!noType) {
      headers.put(CONTENT_TYPE, type);
    }
    return Collections.unmodifiableMap(headers);
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(map);
  }
}
