package hayloft.cli.client;

import hayloft.cli.config.Unfit;
import java.net.URI;
import picocli.CommandLine.ITypeConverter;

/// How a person says which store is meant. Immutable.
public sealed interface StoreName {

  /// By the URL of one of its ports.
  record At(URI uri) implements StoreName {
    @Override
    public String toString() {
      return uri.toString();
    }
  }

  /// By the name of an [Alias].
  record Named(String alias) implements StoreName {
    @Override
    public String toString() {
      return alias;
    }
  }

  /// Whatever could be the name of an alias is one: a URL has a colon.
  final class Reading implements ITypeConverter<StoreName> {
    @Override
    public StoreName convert(String text) {
      if (Alias.isName(text.strip())) {
        return new Named(text.strip());
      }
      try {
        return new At(new ClientOptions.Endpoint().convert(text));
      } catch (Unfit _) {
        throw new Unfit(ClientOptions.Endpoint.MUST + ", or the name of an alias (hayloft alias list)", text);
      }
    }
  }
}
