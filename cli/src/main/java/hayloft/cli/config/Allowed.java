package hayloft.cli.config;

import hayloft.cli.ByteSize;
import hayloft.cli.FileFault;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.CertifiedKey;
import hayloft.common.tls.UnfitPemException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/// What values settings may have: one converter for each kind. They look at the machine where that tells whether a
/// value can work (names that resolve, directories that may be made) and change nothing on it. Stateless.
public final class Allowed {

  private static final Pattern DOMAIN = Pattern
      .compile("[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*");
  private static final Pattern PERIOD = Pattern.compile("(\\d{1,9})([smhd]?)");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private Allowed() {}

  /// @throws Unfit unless it is a whole number between two bounds, both allowed
  public static long number(String what, String text, long least, long most) {
    try {
      long value = Long.parseLong(text.strip());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException _) { // said below, with what is allowed
      throw new Unfit(what, text);
    }
    throw new Unfit(what, text);
  }

  /// @throws Unfit if the text is no size
  public static long size(String text) {
    try {
      return ByteSize.parse(text);
    } catch (IllegalArgumentException _) { // said with what is allowed
      throw new Unfit("a size such as 30GB, 64MiB or 4096", text);
    }
  }

  public static final class Port implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return (int) number("a port from 0 to 65535", text, 0, 65_535);
    }
  }

  public static final class Percent implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return (int) number("a percentage from 1 to 100", text, 1, 100);
    }
  }

  public static final class Seconds implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return (int) number("a number of seconds, 0 or more", text, 0, Integer.MAX_VALUE);
    }
  }

  /// `30d`, `12h`, `15m`, `40s`, or a number of seconds.
  public static final class Period implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Matcher form = PERIOD.matcher(text.strip());
      if (!form.matches()) {
        throw new Unfit("a time such as 30d, 12h or 15m, or 0", text);
      }
      long number = Long.parseLong(form.group(1));
      return switch (form.group(2)) {
        case "d" -> Duration.ofDays(number);
        case "h" -> Duration.ofHours(number);
        case "m" -> Duration.ofMinutes(number);
        default -> Duration.ofSeconds(number);
      };
    }
  }

  public static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return (int) number("a number, 1 or more", text, 1, Integer.MAX_VALUE);
    }
  }

  public static final class Truth implements ITypeConverter<Boolean> {
    @Override
    public Boolean convert(String text) {
      return switch (text.strip().toLowerCase(Locale.ROOT)) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new Unfit("true or false", text);
      };
    }
  }

  public static final class Size implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return size(text);
    }
  }

  /// A size, or `auto` for what suits the machine, which is empty.
  public static final class SizeOrAuto implements ITypeConverter<OptionalLong> {
    @Override
    public OptionalLong convert(String text) {
      return text.equals("auto") ? OptionalLong.empty() : OptionalLong.of(size(text));
    }
  }

  /// An address or a name that resolves.
  public static final class Address implements ITypeConverter<InetAddress> {
    @Override
    public InetAddress convert(String text) {
      try {
        if (!text.isBlank()) {
          return InetAddress.getByName(text.strip());
        }
      } catch (UnknownHostException _) { // said below, with what is allowed
        throw new Unfit("an address of this machine or a name that resolves to one", text);
      }
      throw new Unfit("an address of this machine or a name that resolves to one", text);
    }
  }

  public static final class Domain implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!DOMAIN.matcher(text).matches() || text.length() > 253) {
        throw new Unfit("a host name without scheme and port, such as s3.example.com", text);
      }
      return text;
    }
  }

  /// A word that may stand in a signature's scope.
  public static final class Region implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!NAME.matcher(text).matches()) {
        throw new Unfit("a region such as us-east-1", text);
      }
      return text;
    }
  }

  /// A directory that is there and writable, or may be made.
  public static final class WritableDirectory implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      Path path = path(text);
      for (Path there = path.toAbsolutePath(); there != null; there = there.getParent()) {
        if (Files.isDirectory(there)) {
          if (Files.isWritable(there) && Files.isExecutable(there)) {
            return path;
          }
          throw new Unfit("a directory that this user may write to", text + (there.equals(path.toAbsolutePath())
              ? ""
              : " (" + there + " is not writable)"));
        }
        if (Files.exists(there)) {
          throw new Unfit("a directory, there or to be made",
              text + " (" + there + " is no directory)");
        }
      }
      throw new Unfit("a directory, there or to be made", text);
    }
  }

  /// A directory that is there and writable.
  public static final class DirectoryThere implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      Path path = path(text);
      if (!Files.isDirectory(path) || !Files.isWritable(path) || !Files.isExecutable(path)) {
        throw new Unfit("a directory that is there and that this user may write to", text);
      }
      return path;
    }
  }

  public static final class ReadableFile implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      Path path = path(text);
      if (!Files.isReadable(path) || Files.isDirectory(path)) {
        throw new Unfit("a file that this user may read", text + (Files.isDirectory(path)
            ? " (that is a directory)"
            : Files.exists(path) ? " (it may not: see its permissions)" : " (there is none that this user can see)"));
      }
      return path;
    }
  }

  /// A file that is there or is to be made, in a directory that is there, and that this user may write to.
  public static final class LogFile implements ITypeConverter<Path> {
    private static final String MUST = "a file that this user may write, in a directory that is there";

    @Override
    public Path convert(String text) {
      if (text.isBlank()) {
        throw new Unfit(MUST, text);
      }
      Path file = path(text).toAbsolutePath();
      Path directory = file.getParent();
      if (Files.isDirectory(file) || directory == null) {
        throw new Unfit(MUST, text + " (that is a directory; name a file in it)");
      }
      if (!Files.isDirectory(directory)) {
        throw new Unfit(MUST, text + " (there is no directory " + directory + ")");
      }
      if (Files.exists(file) ? !Files.isWritable(file) : !Files.isWritable(directory)) {
        throw new Unfit(MUST, text + " (" + (Files.exists(file) ? file : directory) + " is not writable)");
      }
      return path(text);
    }
  }

  /// A file with one certificate or several.
  public static final class CertificateFile implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      return pem("a PEM file with certificates", text, CertificateChain::read);
    }
  }

  /// A file with the private key of a certificate.
  public static final class KeyFile implements ITypeConverter<Path> {
    @Override
    public Path convert(String text) {
      return pem("a PEM file with a private key", text, CertifiedKey::readKey);
    }
  }

  /// Reads something out of a file.
  @FunctionalInterface
  private interface PemReader {
    Object read(Path file) throws IOException;
  }

  private static Path pem(String what, String text, PemReader reader) {
    Path file = new ReadableFile().convert(text);
    try {
      reader.read(file);
      return file;
    } catch (UnfitPemException e) {
      throw new Unfit(what, text + " (" + e.why() + ")");
    } catch (IOException e) {
      throw new Unfit(what, text + " (" + FileFault.text(e) + ")");
    }
  }

  /// A name without a directory, for files that get an ending.
  public static final class FileName implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!NAME.matcher(text).matches()) {
        throw new Unfit("a name of letters, digits, - and _", text);
      }
      return text;
    }
  }

  private static Path path(String text) {
    try {
      if (!text.isBlank()) {
        return Path.of(text);
      }
    } catch (InvalidPathException _) { // said below
      throw new Unfit("a path", text);
    }
    throw new Unfit("a path", text);
  }
}
