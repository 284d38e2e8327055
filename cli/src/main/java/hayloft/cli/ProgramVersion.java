package hayloft.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/// What `--version` says: the version in the jar's manifest, and the Java that runs it. Immutable.
public final class ProgramVersion implements IVersionProvider {

  /// `development` when run from classes that are in no jar.
  public static String number() {
    return Optional.ofNullable(ProgramVersion.class.getPackage().getImplementationVersion()).orElse("development");
  }

  @Override
  public String[] getVersion() {
    return new String[]{"hayloft " + number() + " (Java " + Runtime.version() + ")"};
  }
}
