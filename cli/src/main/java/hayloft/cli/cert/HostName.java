package hayloft.cli.cert;

import hayloft.cli.config.Unfit;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/// What a client may know a server by. Immutable.
///
/// @param text a name in lower case, perhaps with `*` for its first part, or an address
/// @param isAddress whether it is one
record HostName(String text, boolean isAddress) {

  private static final int MAX_NAME_CHARACTERS = 253;
  private static final Pattern NAME = Pattern
      .compile("(\\*\\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
  private static final Pattern LOOKS_LIKE_IPV4 = Pattern.compile("[0-9.]+");
  private static final String MUST = "a host name such as s3.example.com or *.s3.example.com, or an address";

  /// @throws Unfit if it is neither a name nor an address
  static HostName of(String given) {
    String text = given.strip();
    if (text.contains(":") && !text.contains("%") || LOOKS_LIKE_IPV4.matcher(text).matches()) {
      try {
        String whole = InetAddress.ofLiteral(text).getHostAddress();
        return new HostName(text.contains(":") ? text : whole, true); // ::1 stays short
      } catch (IllegalArgumentException _) { // said below, with what is allowed
        throw new Unfit(MUST, given);
      }
    }
    if (!NAME.matcher(text).matches() || text.length() > MAX_NAME_CHARACTERS) {
      throw new Unfit(MUST, given);
    }
    return new HostName(text.toLowerCase(Locale.ROOT), false);
  }

  static final class Converter implements ITypeConverter<HostName> {
    @Override
    public HostName convert(String text) {
      return of(text);
    }
  }
}
