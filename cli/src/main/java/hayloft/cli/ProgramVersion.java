package hayloft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.Optional;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// What `--version` says: the version in the jar's manifest, the commit that it was built from, and the Java that runs
/// it. Immutable.
public final class ProgramVersion implements IVersionProvider {

  /// `development` when run from classes that are in no jar.
  public static String number() {
    return Optional.ofNullable(ProgramVersion.class.getPackage().getImplementationVersion()).orElse("development");
  }

  /// As `git describe` names it, with `-modified` behind if the sources were changed; empty if the build knew of no
  /// git.
  public static Optional<String> commit() {
    try (InputStream built = ProgramVersion.class.getResourceAsStream("build.properties")) {
      if (built == null) {
        return Optional.empty();
      }
      var properties = new Properties();
      properties.load(new InputStreamReader(built, UTF_8));
      String commit = properties.getProperty("commit", "");
      return commit.isEmpty() || commit.startsWith("$") ? Optional.empty() : Optional.of(commit);
    } catch (IOException e) {
      throw new IllegalStateException("the program's own jar cannot be read", e);
    }
  }

  /// `0.1.0 (0123456789ab)`.
  public static String numberAndCommit() {
    return number() + commit().map(commit -> " (" + commit + ")").orElse("");
  }

  @Override
  public String[] getVersion() {
    return new String[]{"hayloft " + numberAndCommit() + ", Java " + Runtime.version()};
  }
}
