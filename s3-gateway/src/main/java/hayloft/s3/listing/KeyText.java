package hayloft.s3.listing;

import hayloft.s3.request.PercentEncoding;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// Writes keys and what is like them, percent-encoded if the client asked for that. Confined to one answer.
public final class KeyText {

  private final XmlWriter xml;
  private final boolean encoded;

  /// @throws hayloft.s3.error.S3Exception InvalidArgument if the request's `encoding-type` is none
  public KeyText(XmlWriter xml, S3Request request) {
    this.xml = xml;
    this.encoded = request.query().wantsUrlEncoding();
  }

  /// Counts what a key takes in the request's document, in bytes.
  ///
  /// @throws hayloft.s3.error.S3Exception InvalidArgument if the request's `encoding-type` is none
  public static ToIntFunction<String> bytes(S3Request request) {
    return request.query().wantsUrlEncoding() ? PercentEncoding::encodedBytes : XmlWriter::escapedBytes;
  }

  public void write(String element, String key) {
    xml.text(element, encoded ? PercentEncoding.encodeKey(key) : key);
  }

  /// Writes something that readers may or may not decode, although they asked for the encoding: as it is, if that reads
  /// the same either way.
  void writeUndecoded(String element, String key) {
    boolean sameEitherWay = key.chars()
        .allMatch(c -> c != '%' && c != '+' && c < 0xfffe && (c >= ' ' || c == '\n' || c == '\t'));
    if (sameEitherWay) {
      xml.text(element, key);
    } else {
      write(element, key);
    }
  }

  public void writeIfPresent(String element, Optional<String> key) {
    key.ifPresent(text -> write(element, text));
  }

  /// `EncodingType`, if there is one.
  public void writeEncodingType() {
    if (encoded) {
      xml.text("EncodingType", "url");
    }
  }

  public void writeCommonPrefixes(List<String> prefixes) {
    for (String prefix : prefixes) {
      xml.open("CommonPrefixes");
      write("Prefix", prefix);
      xml.close("CommonPrefixes");
    }
  }
}
