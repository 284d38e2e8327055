package hayloft.cli.client;

import hayloft.cli.config.Unfit;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/// A store with a name of its user's: where its ports are, whom to believe to be it, and the keys for it. Immutable.
///
/// @param authorities file with the certificates of those who vouch for it
/// @param keys empty if they are looked for anew each time
public record Alias(String name, URI s3, URI admin, Optional<Path> authorities, Optional<Credentials> keys) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /// The name of one, there or to be made.
  public static final class Name implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!isName(text)) {
        throw new Unfit("up to 64 letters, digits, - and _, the first no - or _", text);
      }
      return text;
    }
  }
}
