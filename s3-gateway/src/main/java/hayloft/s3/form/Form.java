package hayloft.s3.form;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.form.FormParts;
import hayloft.common.form.PartHead;
import hayloft.common.memory.Claim;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.TextHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The fields of a form before its file. Immutable.
/// [Form fields](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html)
///
/// @param fields by lower-case name; `${filename}` is replaced, except in the policy
record Form(Map<String, String> fields) {

  static final int MAX_FIELD_BYTES = 20 << 10;
  static final int MAX_BYTES = 64 << 10;

  private static final int FIELD_HEAP_BYTES = 200;
  /// While it is put together, and as text.
  private static final int HEAP_BYTES_PER_BYTE = 3;
  private static final String FILE = "file";
  private static final String FILE_NAME = "${filename}";
  private static final String POLICY = "policy";
  private static final Set<String> HEADERS = Set.of("cache-control", "content-type", "content-disposition",
      "content-encoding", "content-language", "expires");

  /// S3's own that mean something in a form, or that [HeaderScreen] refuses.
  private static final Set<String> KNOWN = Set.of("x-amz-algorithm", "x-amz-credential", "x-amz-date",
      "x-amz-signature", "x-amz-security-token", "x-amz-acl", "x-amz-storage-class", "x-amz-tagging",
      "x-amz-expected-bucket-owner", "x-amz-website-redirect-location", "x-amz-checksum-algorithm",
      "x-amz-checksum-type", ChecksumNames.SDK_ALGORITHM);
  private static final List<String> KNOWN_PREFIXES = List.of("x-amz-meta-", "x-amz-grant-",
      "x-amz-server-side-encryption", "x-amz-object-lock-");
  /// Conditions of PutObject, which a form's object does not know.
  private static final Set<String> CONDITIONS = Set.of("if-match", "if-none-match");

  Form {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /// Reads up to the file; its content follows in the parts.
  ///
  /// @param claim grows with the fields, which nobody has signed yet
  /// @throws hayloft.common.form.MalformedFormException as the parts are
  /// @throws S3Exception MaxPostPreDataLengthExceededError, InvalidArgument
  static Form read(FormParts parts, Claim claim) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    int bytes = 0;
    for (PartHead head = parts.next(); head != null; head = parts.next()) {
      String name = head.name().toLowerCase(Locale.ROOT);
      if (name.equals(FILE)) {
        return new Form(withFileName(fields, withoutDirectories(head.fileName().orElse(""))));
      }
      claim.grow(FIELD_HEAP_BYTES + (long) HEAP_BYTES_PER_BYTE * name.length());
      String value = value(parts, claim);
      bytes += name.length() + value.length();
      if (bytes > MAX_BYTES) {
        throw tooLong();
      }
      if (fields.put(name, value) != null && !name.startsWith("x-ignore-")) {
        throw new S3Exception(
            new S3Error.InvalidArgument("POST requires every field to be there once.", head.name(), value));
      }
    }
    throw new S3Exception(
        new S3Error.InvalidArgument("POST requires exactly one file upload per request.", FILE, "0"));
  }

  /// Old browsers send a path of either kind; S3 takes what follows its last slash or backslash.
  private static String withoutDirectories(String path) {
    return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  }

  /// Bounded like the fields as they came, and before anything grows: 60 KB can ask for 90 MB.
  private static Map<String, String> withFileName(Map<String, String> fields, String fileName) {
    long bytes = 0;
    for (String value : fields.values()) {
      bytes += value.length() + (long) fileName.length() * occurrences(value);
    }
    if (bytes > MAX_BYTES) {
      throw tooLong();
    }
    fields.replaceAll((field, value) -> field.equals(POLICY) ? value : value.replace(FILE_NAME, fileName));
    return fields;
  }

  private static int occurrences(String value) {
    int count = 0;
    for (int at = value.indexOf(FILE_NAME); at >= 0; at = value.indexOf(FILE_NAME, at + FILE_NAME.length())) {
      count++;
    }
    return count;
  }

  private static String value(FormParts parts, Claim claim) throws IOException {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    for (ByteBuf piece = parts.content(); piece != null; piece = parts.content()) {
      try {
        if (value.size() + piece.readableBytes() > MAX_FIELD_BYTES) {
          throw tooLong();
        }
        claim.grow((long) HEAP_BYTES_PER_BYTE * piece.readableBytes());
        piece.readBytes(value, piece.readableBytes());
      } finally {
        piece.release();
      }
    }
    return value.toString(UTF_8);
  }

  private static S3Exception tooLong() {
    return FormErrors.error("MaxPostPreDataLengthExceededError",
        "Your POST request fields preceding the upload file were too large.");
  }

  /// A field that is there and not empty.
  Optional<String> find(String name) {
    return Optional.ofNullable(fields.get(name)).filter(value -> !value.isEmpty());
  }

  /// A form that says who sends it, or tries to.
  boolean isSigned() {
    return fields.containsKey(POLICY) || fields.containsKey("signature") || fields.containsKey("x-amz-signature")
        || fields.containsKey("awsaccesskeyid") || fields.containsKey("x-amz-credential");
  }

  /// Refuses what would be believed to have been obeyed.
  ///
  /// @throws S3Exception NotImplemented, naming the field
  void requireKnown() {
    for (String name : fields.keySet()) {
      boolean isKnown = name.startsWith("x-amz-")
          ? KNOWN.contains(name) || ChecksumNames.isValue(name) || KNOWN_PREFIXES.stream().anyMatch(name::startsWith)
          : !CONDITIONS.contains(name) && !name.startsWith("x-hayloft-");
      if (!isKnown) {
        throw new S3Exception(S3Error.NotImplemented.field(name));
      }
    }
  }

  /// The fields that stand for headers of PutObject, as the head's parser would have given them.
  ///
  /// @throws S3Exception InvalidArgument if a value cannot be a header's
  HttpHeaders asHeaders() {
    HttpHeaders headers = new DefaultHttpHeaders();
    fields.forEach((name, value) -> {
      String header = name.equals("acl") ? "x-amz-acl" : name;
      if (HEADERS.contains(header) || header.startsWith("x-amz-")) {
        headers.set(header, TextHeaders.value(header, value, "field"));
      }
    });
    return headers;
  }
}
