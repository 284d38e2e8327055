package hayloft.common.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One block of a PEM file, [RFC 7468](https://www.rfc-editor.org/rfc/rfc7468): a label and DER in base64. What stands
/// between blocks is for people and passed over. Immutable, as long as nobody writes to the array.
final class Pem {

  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final Pattern BLOCK = Pattern
      .compile("-----BEGIN ([A-Z0-9 ]+)-----\\s*?\\n(.*?)-----END \\1-----", Pattern.DOTALL);

  private final String label;
  private final byte[] der;
  private final boolean encrypted;

  private Pem(String label, byte[] der, boolean encrypted) {
    this.label = label;
    this.der = der;
    this.encrypted = encrypted;
  }

  /// @throws UnfitPemException if it is larger than any such file, or a block is not base64
  static List<Pem> read(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new UnfitPemException("it has more than " + MAX_FILE_BYTES + " bytes");
    }
    List<Pem> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(new String(Files.readAllBytes(file), ISO_8859_1));
    while (matcher.find()) {
      blocks.add(block(matcher.group(1), matcher.group(2)));
    }
    return blocks;
  }

  private static Pem block(String label, String body) throws UnfitPemException {
    if (body.contains(":")) { // headers, which RFC 7468 has no more; only encrypted keys of old had them
      return new Pem(label, new byte[0], true);
    }
    try {
      return new Pem(label, Base64.getMimeDecoder().decode(body), label.equals("ENCRYPTED PRIVATE KEY"));
    } catch (IllegalArgumentException e) {
      throw new UnfitPemException("its " + label + " is not base64", e);
    }
  }

  String label() {
    return label;
  }

  byte[] der() {
    return der;
  }

  /// Needs a password before anything can be read from it.
  boolean isEncrypted() {
    return encrypted;
  }
}
