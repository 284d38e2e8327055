package hayloft.s3.tagging;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Query;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import hayloft.s3.xml.XmlWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Reads, checks and writes sets of tags.
/// [Tagging](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html)
public final class Tags {

  /// Of one object.
  public static final int MAX_OF_OBJECT = 10;
  /// Of one bucket.
  static final int MAX_OF_BUCKET = 50;

  private static final int MAX_KEY_CHARACTERS = 128;
  private static final int MAX_VALUE_CHARACTERS = 256;
  private static final Pattern ALLOWED = Pattern.compile("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");

  private Tags() {}

  /// Reads the header `x-amz-tagging`: `key=value&key=value`, percent-encoded.
  ///
  /// @throws S3Exception InvalidTag, InvalidArgument if it cannot be decoded
  public static Map<String, String> ofHeader(String value) {
    try {
      Query pairs = Query.parse(value);
      Map<String, String> tags = new LinkedHashMap<>();
      for (String name : pairs.names()) {
        tags.put(name, pairs.text(name));
      }
      long written = Arrays.stream(value.split("&")).filter(pair -> !pair.isEmpty()).count();
      if (written != tags.size()) {
        throw new S3Exception(new S3Error.InvalidTag("Cannot provide multiple Tags with the same key"));
      }
      return check(tags, MAX_OF_OBJECT);
    } catch (S3Exception e) {
      if (e.error() == S3Error.Plain.INVALID_URI) {
        throw new S3Exception(new S3Error.InvalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
                + "name duplicates.",
            "x-amz-tagging", value));
      }
      throw e;
    }
  }

  /// Reads a `Tagging` document.
  ///
  /// @throws S3Exception InvalidTag
  public static Map<String, String> ofDocument(XmlElement tagging, int maxTags) throws MalformedXmlException {
    XmlElement set = tagging.child("TagSet").orElseThrow(() -> new MalformedXmlException("no TagSet"));
    Map<String, String> tags = new LinkedHashMap<>();
    for (XmlElement tag : set.children()) {
      if (!tag.name().equals("Tag")) {
        throw new MalformedXmlException("a TagSet holds Tags, not " + tag.name());
      }
      String key = tag.childText("Key").orElseThrow(() -> new MalformedXmlException("a Tag without Key"));
      String value = tag.childText("Value").orElseThrow(() -> new MalformedXmlException("a Tag without Value"));
      if (tags.put(key, value) != null) {
        throw new S3Exception(new S3Error.InvalidTag("Cannot provide multiple Tags with the same key"));
      }
    }
    return check(tags, maxTags);
  }

  /// Tags in the order of their keys.
  static XmlWriter document(Map<String, String> tags) {
    XmlWriter xml = new XmlWriter(256 + 64 * tags.size());
    xml.openRoot("Tagging");
    xml.open("TagSet");
    new TreeMap<>(tags).forEach((key, value) -> {
      xml.open("Tag");
      xml.text("Key", key);
      xml.text("Value", value);
      xml.close("Tag");
    });
    xml.close("TagSet");
    xml.close("Tagging");
    return xml;
  }

  private static Map<String, String> check(Map<String, String> tags, int maxTags) {
    if (tags.size() > maxTags) {
      throw new S3Exception(new S3Error.InvalidTag("Tags cannot be more than " + maxTags));
    }
    tags.forEach((key, value) -> {
      if (key.isEmpty() || key.codePointCount(0, key.length()) > MAX_KEY_CHARACTERS || key.startsWith("aws:")
          || !ALLOWED.matcher(key).matches()) {
        throw new S3Exception(new S3Error.InvalidTag("The TagKey you have provided is invalid"));
      }
      if (value.codePointCount(0, value.length()) > MAX_VALUE_CHARACTERS || !ALLOWED.matcher(value).matches()) {
        throw new S3Exception(new S3Error.InvalidTag("The TagValue you have provided is invalid"));
      }
    });
    return tags;
  }
}
