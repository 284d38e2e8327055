package hayloft.cli.server;

import hayloft.common.log.EventLog;
import hayloft.common.log.LogLine;
import hayloft.common.tls.CertifiedKey;
import hayloft.common.tls.ServerTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The certificate that all ports show, and what brings the next one into force: its files, when they change.
/// Thread-safe.
///
/// The files are looked at every few seconds, through symbolic links: notifications of the kernel would miss a link
/// that is pointed elsewhere, which is how certificates are renewed by certbot and in Kubernetes. Files that have
/// changed are read when they have rested from one look to the next, because two files are never written at once. What
/// does not fit is refused in a log line, once, and what was in force stays.
final class CertificateInForce implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(CertificateInForce.class);

  static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
  private static final Duration BETWEEN_WARNINGS = Duration.ofDays(1);
  private static final Duration SOON = Duration.ofDays(14);

  /// What tells one content of a file from the next without reading it.
  private record Stamp(@Nullable Object identity, FileTime modified, long bytes) {
    private static final Stamp ABSENT = new Stamp(null, FileTime.fromMillis(0), -1);

    static Stamp of(Path file) {
      try {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
      } catch (IOException _) { // reading it, once it rests, says why
        return ABSENT;
      }
    }
  }

  private record Stamps(Stamp certificate, Stamp key) {
    static Stamps of(TlsFiles files) {
      return new Stamps(Stamp.of(files.certificate()), Stamp.of(files.key()));
    }
  }

  private final ServerTls tls;
  private final InstantSource clock;
  private final ScheduledExecutorService looks;
  private TlsFiles files;
  /// As they were when they were read last, whatever came of it.
  private Stamps read;
  /// As they were at the last look.
  private Stamps seen;
  private Instant warned = Instant.MIN;
  /// The last look by itself threw something. Confined to the thread that looks.
  private boolean failing;

  private CertificateInForce(ServerTls tls, TlsFiles files, Stamps read, InstantSource clock) {
    this.tls = tls;
    this.files = files;
    this.read = read;
    this.seen = read;
    this.clock = clock;
    this.looks = Executors
        .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("certificate").factory());
  }

  /// Reads the files and looks at them from now on.
  ///
  /// @throws IOException if they cannot be read or do not fit
  static CertificateInForce start(TlsFiles files, InstantSource clock) throws IOException {
    CertificateInForce started = startResting(files, clock);
    started.looks.scheduleWithFixedDelay(started::lookOrTell, BETWEEN_LOOKS.toNanos(), BETWEEN_LOOKS.toNanos(),
        TimeUnit.NANOSECONDS);
    return started;
  }

  /// Without looking at the files by itself.
  static CertificateInForce startResting(TlsFiles files, InstantSource clock) throws IOException {
    Stamps stamps = Stamps.of(files);
    CertifiedKey identity = files.read();
    ServerTls tls = ServerTls.start(identity);
    with(identity, LOG.info("tls.on").with("provider", tls.provider()).with("detail", tls.provider().detail())).say();
    var started = new CertificateInForce(tls, files, stamps, clock);
    started.warnOfDates();
    return started;
  }

  ServerTls tls() {
    return tls;
  }

  /// Hosts that it is for.
  Stream<String> names() {
    return tls.identity().names().stream();
  }

  /// Takes the files as they are now, perhaps others than before.
  synchronized void renew(TlsFiles next) {
    files = next;
    seen = Stamps.of(files);
    take();
  }

  /// Whatever a look throws, others follow: without them the certificate would run out. The first of several failures
  /// in a row is told.
  void lookOrTell() {
    try {
      look();
      failing = false;
    } catch (Throwable e) {
      try {
        if (!failing) {
          failing = true;
          LOG.error("tls.lookFailed").with("action", "again in " + BETWEEN_LOOKS.toSeconds() + " s").say(e);
        }
      } catch (Throwable unsayable) {
        e.addSuppressed(unsayable); // there may be no memory for a line
      }
    }
  }

  /// One look at the files.
  synchronized void look() {
    Stamps now = Stamps.of(files);
    boolean rests = now.equals(seen);
    seen = now;
    if (rests && !now.equals(read)) {
      take();
    }
    if (clock.instant().isAfter(warned.plus(BETWEEN_WARNINGS))) {
      warnOfDates();
    }
  }

  private void take() {
    CertifiedKey before = tls.identity();
    try {
      CertifiedKey next = files.read();
      if (!next.equals(before)) {
        tls.replace(next);
        with(next, LOG.info("tls.renewed")).say();
        warnOfDates();
      }
    } catch (IOException e) {
      LOG.warning("tls.refused").with("reason", e).with("keeping", before.certificate().getSubjectX500Principal())
          .with("until", before.notAfter()).say();
    }
    read = seen; // not if it threw something else: then the next look tries again
  }

  private void warnOfDates() {
    CertifiedKey identity = tls.identity();
    Instant now = clock.instant();
    warned = now;
    Optional<LogLine> line = now.isAfter(identity.notAfter())
        ? Optional.of(LOG.warning("tls.expired"))
        : now.isBefore(identity.notBefore())
            ? Optional.of(LOG.warning("tls.notYetValid"))
            : now.plus(SOON).isAfter(identity.notAfter())
                ? Optional.of(LOG.warning("tls.expiresSoon"))
                : Optional.empty();
    line.ifPresent(warning -> warning.with("file", files.certificate()).with("from", identity.notBefore())
        .with("until", identity.notAfter()).say());
  }

  private static LogLine with(CertifiedKey identity, LogLine line) {
    return line.with("subject", identity.certificate().getSubjectX500Principal())
        .with("names", String.join(",", identity.names())).with("until", identity.notAfter());
  }

  /// To be called after the ports have stopped.
  @Override
  public void close() {
    looks.shutdown();
    tls.close();
  }
}
